"""A small internet for a real browser: a page with everything that a static reader misses, and pages that misbehave."""

from __future__ import annotations

from scanner.lab import World
from scanner.lab.world import Certificate, Issuer, Page, Site, SiteFault

JS = "text/javascript"
CERTIFICATE = Certificate("le")
TRACKER_PATH = "/matomo.js"

HOME = """<!doctype html><html lang="fr"><head><title>Ville</title>
<link rel="stylesheet" href="https://fonts.googleapis.com/css2?family=Roboto">
<script src="https://www.googletagmanager.com/gtm.js?id=GTM-ABC123"></script>
<script async src="https://stats.ville.example/collect.js"></script>
</head><body>
<div id="didomi-host" style="display:none"><button id="didomi-notice-agree-button">Accepter</button>
<button id="didomi-notice-disagree-button">Refuser</button></div>
<div style="height:9000px"></div>
<img loading="lazy" src="https://i.ytimg.com/vi/x/default.jpg" width="10" height="10" alt="">
<iframe src="https://www.openstreetmap.org/export/embed.html" width="10" height="10" title="Carte"></iframe>
<script>
document.cookie = "session=SECRETVALUE; max-age=86400; path=/";
localStorage.setItem("visitor", "SECRETVALUE");
const banner = document.getElementById("didomi-host");
setTimeout(() => { banner.style.display = "block"; }, 200);
const load = (src) => { const s = document.createElement("script"); s.src = src; document.head.append(s); };
document.getElementById("didomi-notice-agree-button").onclick = () => {
  banner.remove(); load("https://connect.facebook.net/en_US/fbevents.js");
};
document.getElementById("didomi-notice-disagree-button").onclick = () => {
  banner.remove(); load("https://cdn.jsdelivr.net/npm/refused.js");
};
navigator.serviceWorker.register("/sw.js");
new WebSocket("wss://ws.hotjar.com/socket");
navigator.sendBeacon("https://bat.bing.com/action/0", "x");
</script></body></html>"""

GTM = """
const s = document.createElement("script"); s.src = "https://snap.licdn.com/li.lms-analytics/insight.min.js";
document.head.append(s);
"""
SERVICE_WORKER = """
self.addEventListener("install", (e) => e.waitUntil(fetch("https://cdn.onesignal.com/x.js", {mode: "no-cors"})));
"""
EMBED = "<!doctype html><title>Carte</title><img src='https://tile.openstreetmap.org/1/1/1.png' alt=''>"

ODD = {
    "endless.example": "<!doctype html><title>x</title><script>while (true) {}</script>",
    "dialogs.example": "<!doctype html><title>x</title><script>alert(1); confirm(2); prompt(3); print();</script><p>done",
    "popups.example": (
        "<!doctype html><title>x</title><script>open('https://www.googletagmanager.com/pop.html');</script><p>done"
    ),
    "hanging.example": "<!doctype html><title>x</title><img src='https://silent.example/x.png' alt=''><p>done",
    "greedy.example": "<!doctype html><title>x</title><script>let n=0; setInterval(()=>fetch('/x?n='+(n++)), 1)</script>",
    "private.example": (
        "<!doctype html><title>x</title><script>fetch('http://127.0.0.1:1/x');"
        "new WebSocket('ws://10.0.0.1/x')</script><img src='http://192.168.1.1/a.png' alt=''>"
    ),
    "plain.example": "<!doctype html><title>x</title><p>Nothing from elsewhere.",
}
ASSETS = frozenset(
    {
        "fonts.googleapis.com", "i.ytimg.com", "connect.facebook.net", "cdn.jsdelivr.net", "snap.licdn.com",
        "bat.bing.com", "tile.openstreetmap.org", "ws.hotjar.com", "cdn.onesignal.com",
    }
)  # fmt: skip
NAMES = sorted(ASSETS | {"www.googletagmanager.com", "www.openstreetmap.org"})


def world() -> World:
    """The internet of the browser's tests."""
    odd = {host: Site({"/": Page(text), "*": Page("", 204)}, CERTIFICATE) for host, text in ODD.items()}
    sites = {
        "ville.example": Site(
            {"/": Page(HOME), "/sw.js": Page(SERVICE_WORKER, content_type=JS)}, Certificate("le", ("ville.example",))
        ),
        "stats.ville.example": Site({"*": Page("1", content_type=JS)}, CERTIFICATE),
        "www.googletagmanager.com": Site({"*": Page(GTM, content_type=JS)}, CERTIFICATE),
        "www.openstreetmap.org": Site({"*": Page(EMBED)}, CERTIFICATE),
        "silent.example": Site({"*": Page("")}, CERTIFICATE, fault=SiteFault.SILENT),
        "reset.example": Site({"*": Page("")}, CERTIFICATE, fault=SiteFault.RESET),
        "download.example": Site(
            {"/": Page("x", content_type="application/zip", headers=(("Content-Disposition", "attachment"),))},
            CERTIFICATE,
        ),
        "forbidden.example": Site({"/": Page("no", 403)}, CERTIFICATE),
    }
    own = "@ NS ns1\n@ A 192.0.2.10\nns1 A 192.0.2.1\n"
    zones = {
        "ville.example": own + "stats CNAME ville.eulerian.net.\n",
        "eulerian.net": "@ NS ns1\nns1 A 192.0.2.1\n* A 192.0.2.20\n",
        **dict.fromkeys({*odd, "silent.example", "reset.example", "download.example", "forbidden.example"}, own),
        **dict.fromkeys(NAMES, own),
    }
    return World(zones=zones, sites=sites | odd, assets=ASSETS, issuers={"le": Issuer("R12", "Let's Encrypt", "US")})
