// The interactive graph: one body or provider and its neighbours, laid out in columns, with the same facts as a table.
"use strict";
(async function () {
  const MOST = 120; // links drawn
  const LISTED = 2000; // links in the table; the count says how many more there are
  const place = document.getElementById("graph");
  const texts = JSON.parse(place.dataset.texts);
  const status = document.getElementById("graph-status");
  const form = document.getElementById("pick");
  const input = form.elements.text;
  const colours = { p: "#16425b", d: "#3f88c5", e: "#8fc1a9", u: "#e07a1f", o: "#8a5a9e", n: "#8d95a0" };

  await Promise.all(Array.from({ length: Number(place.dataset.chunks) }, (_, index) => new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = place.dataset.up + "data/bodies-" + index + ".js";
    script.onload = script.onerror = resolve;
    document.head.append(script);
  })));
  const providers = (window.sovscan && window.sovscan.providers) || [];
  const bodies = ((window.sovscan && window.sovscan.bodies) || []).flat();
  const users = providers.map(() => []);
  bodies.forEach((body, index) => body[5].forEach((link) => users[link[0]].push([index, link[1]])));

  const cy = window.cytoscape({
    container: place,
    autoungrabify: true,
    boxSelectionEnabled: false,
    minZoom: 0.15,
    maxZoom: 3,
    style: [
      { selector: "node", style: { label: "data(label)", "font-family": "system-ui, sans-serif", "font-size": 15, color: "#1b1f26", width: 13, height: 13, shape: "rectangle", "background-color": "data(colour)", "text-valign": "center", "text-halign": "right", "text-margin-x": 6, "text-wrap": "ellipsis", "text-max-width": 210, "overlay-opacity": 0 } },
      { selector: "node.body", style: { "text-halign": "left", "text-margin-x": -6, "text-background-color": "#fff", "text-background-opacity": 0.92, "text-background-padding": 1, shape: "ellipse", "background-color": "#3a414d" } },
      { selector: "node.law", style: { width: 18, height: 44, "text-background-color": "#fff", "text-background-opacity": 0.01, "text-background-padding": 5 } },
      { selector: "node.focus", style: { "font-weight": "bold", "font-size": 17, width: 20, height: 20 } },
      { selector: "node.middle", style: { "text-halign": "center", "text-valign": "top", "text-margin-x": 0, "text-margin-y": -4, "text-background-color": "#fff", "text-background-opacity": 0.85, "text-background-padding": 2 } },
      { selector: "edge", style: { width: 1.6, "line-color": "data(colour)", "line-opacity": 0.65, "curve-style": "straight", "overlay-opacity": 0 } },
    ],
  });

  const roleNames = (roles) => Array.from(roles, (letter) => texts.roles[letter.charCodeAt(0) - 97]).join(", ");
  const law = (number) => { const one = providers[number]; return { id: "l" + one[2] + one[1], label: one[1] ? (one[2] === "p" ? texts.classes.p : texts.countries[one[1]] || one[1]) : texts.unknown, code: one[2] }; };

  function column(items, x, classes, gap) {
    return items.map((item, index) => ({ group: "nodes", classes: classes + (item.focus ? " focus" : ""), data: { id: item.id, label: item.label, colour: colours[item.code] || colours.n, go: item.go }, position: { x, y: (index - (items.length - 1) / 2) * gap } }));
  }

  function draw(links, focus) {
    const seen = { bodies: new Map(), providers: new Map(), laws: new Map() };
    const edges = new Map();
    for (const [body, provider] of links) {
      seen.bodies.set(body, { id: "b" + body, label: bodies[body][0], go: "b=" + bodies[body][1], focus: focus === "b" + body });
      seen.providers.set(provider, { id: "p" + provider, label: providers[provider][0], code: providers[provider][2], go: "p=" + providers[provider][5], focus: focus === "p" + provider });
      const right = law(provider);
      seen.laws.set(right.id, right);
      edges.set("b" + body + "p" + provider, ["b" + body, "p" + provider, providers[provider][2]]);
      edges.set("p" + provider + right.id, ["p" + provider, right.id, right.code]);
    }
    const narrow = place.clientWidth < 600;
    const rows = [...seen.bodies.values()], middle = [...seen.providers.values()], right = [...seen.laws.values()];
    const lanes = Math.max(1, Math.round(Math.sqrt(rows.length / (narrow ? 24 : 12)))), high = Math.ceil(rows.length / lanes);
    const width = narrow ? 175 : 290, tall = Math.max(24 * high, narrow ? 420 : 500), nodes = [];
    for (let lane = 0; lane < lanes; lane++) nodes.push(...column(rows.slice(lane * high, (lane + 1) * high), -lane * width, "body", 24));
    nodes.push(...column(middle, narrow ? 120 : 330, "middle", Math.min(72, tall / middle.length)));
    nodes.push(...column(right, narrow ? 230 : 640, "law", Math.min(150, tall / right.length)));
    cy.elements().remove();
    cy.style().selector("node.body").style("text-max-width", narrow ? 150 : 260).selector("node.law").style("text-max-width", narrow ? 80 : 200).update();
    cy.add(nodes);
    cy.add([...edges].map(([id, [source, target, code]]) => ({ group: "edges", data: { id: "e" + id, source, target, colour: colours[code] || colours.n } })));
    cy.fit(undefined, narrow ? 12 : 30);
    if (cy.zoom() > 1.3) { cy.zoom(1.3); cy.center(); }
  }

  function table(links) {
    const cell = (row, text, go, head) => {
      const made = row.appendChild(document.createElement(head ? "th" : "td"));
      if (head) made.scope = "row";
      if (!go) { made.textContent = text; return; }
      const link = made.appendChild(document.createElement("a"));
      link.href = go;
      link.textContent = text;
    };
    document.querySelector("#graph-table tbody").replaceChildren(...links.map(([body, provider, roles]) => {
      const row = document.createElement("tr");
      cell(row, bodies[body][0], place.dataset.base + "bodies/" + bodies[body][4], true);
      cell(row, providers[provider][0], place.dataset.base + "providers/" + providers[provider][3]);
      cell(row, law(provider).label + (providers[provider][2] === "p" ? "" : " · " + texts.classes[providers[provider][2]]));
      cell(row, roleNames(roles));
      return row;
    }));
  }

  function show() {
    const want = new URLSearchParams(location.hash.slice(1));
    let links = [], total = 0, name = "", focus = "";
    const body = want.has("b") ? bodies.findIndex((one) => one[1] === want.get("b") || one[4] === want.get("b")) : -1;
    let provider = want.has("p") ? providers.findIndex((one) => one[5] === want.get("p")) : -1;
    if (body >= 0) {
      links = bodies[body][5].map((link) => [body, link[0], link[1]]);
      name = bodies[body][0];
      focus = "b" + body;
      total = links.length;
    } else if (providers.length) {
      if (provider < 0) provider = Math.max(0, providers.findIndex((one) => one[5] === texts.first));
      total = users[provider].length;
      links = users[provider].slice(0, LISTED).map(([index, roles]) => [index, provider, roles]);
      name = providers[provider][0];
      focus = "p" + provider;
    }
    draw(links.slice(0, MOST), focus);
    table(links);
    input.value = name;
    status.textContent = (MOST < total ? texts.some : texts.all).replace("{name}", name).replace("{shown}", MOST).replace("{total}", total.toLocaleString(document.documentElement.lang));
  }

  cy.on("tap", "node", (event) => { const go = event.target.data("go"); if (go) { const [key, value] = go.split(/=(.*)/s); location.hash = key + "=" + encodeURIComponent(value); } });
  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("change", () => {
    const text = input.value.trim().toLowerCase();
    const provider = providers.find((one) => one[0].toLowerCase() === text);
    const body = bodies.find((one) => one[0].toLowerCase() === text || one[1] === text);
    if (provider) location.hash = "p=" + encodeURIComponent(provider[5]);
    else if (body) location.hash = "b=" + encodeURIComponent(body[1]);
  });
  const choices = [...providers.map((one) => one[0]), ...bodies.slice(0, 2000).map((one) => one[0])];
  document.getElementById("choices").append(...choices.map((text) => { const option = document.createElement("option"); option.value = text; return option; }));
  form.hidden = false;
  window.addEventListener("hashchange", show);
  show();
})();
