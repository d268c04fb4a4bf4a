// Sorting and filtering of tables. Without script every fact stays on the page.
"use strict";
(function () {
  const MOST = 200; // rows drawn from the data at once

  function sortable(table) {
    const heads = table.tHead.rows[0].cells;
    for (let column = 0; column < heads.length; column++) {
      const head = heads[column];
      if (head.classList.contains("bar") || !head.textContent.trim()) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(table, column, head));
    }
  }

  function sort(table, column, head) {
    const down = head.getAttribute("aria-sort") === "ascending" || (head.classList.contains("n") && !head.hasAttribute("aria-sort"));
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const compare = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" }).compare;
    const key = (row) => { const cell = row.cells[column]; return cell.dataset.n || (cell.querySelector("a") || cell).textContent.trim(); };
    const rows = Array.from(table.tBodies[0].rows, (row) => [key(row), row]);
    rows.sort((one, other) => ((one[0] === "") - (other[0] === "")) || (down ? -1 : 1) * compare(one[0], other[0]));
    table.tBodies[0].append(...rows.map((pair) => pair[1]));
  }

  function filterable(form, table) {
    const status = form.querySelector("[role=status]");
    const total = Number(table.dataset.total);
    const whole = table.tBodies[0].rows.length === total;
    const still = Array.from(table.tBodies[0].rows);
    const wanted = () => ({ text: fold(form.elements.text.value), role: form.elements.role.value, control: form.elements.control.value });
    let turn = 0;

    async function apply() {
      const want = wanted();
      const mine = ++turn;
      const provider = new URLSearchParams(location.hash.slice(1)).get("provider");
      if (!want.text && !want.role && !want.control && !provider) {
        status.textContent = "";
        if (whole) still.forEach((row) => { row.hidden = false; });
        else table.tBodies[0].replaceChildren(...still);
        return;
      }
      if (whole && !provider) {
        let shown = 0;
        for (const row of still) {
          const codes = Array.from(row.cells).slice(2).map((cell) => reverse(table, cell.textContent)).join("");
          row.hidden = !(fold(row.cells[0].textContent + " " + row.cells[1].textContent).includes(want.text) && matches(codes, want));
          shown += !row.hidden;
        }
        say(status, shown, shown);
        return;
      }
      status.textContent = status.dataset.loading;
      await load(table.dataset.up, Number(table.dataset.chunks));
      if (mine !== turn) return;
      const number = provider ? window.sovscan.providers.findIndex((one) => one[5] === provider) : -1;
      const found = [];
      for (const chunk of window.sovscan.bodies) {
        for (const body of chunk) {
          if (provider && !body[5].some((link) => link[0] === number)) continue;
          if (want.text && !fold(body[0] + " " + body[1] + " " + body[2]).includes(want.text)) continue;
          if (matches(body[3], want)) found.push(body);
        }
      }
      table.tBodies[0].replaceChildren(...found.slice(0, MOST).map((body) => draw(table, body)));
      say(status, found.length, Math.min(found.length, MOST));
      if (provider && number >= 0) status.textContent = status.dataset.provider.replace("{name}", window.sovscan.providers[number][0]) + " " + status.textContent;
    }

    let timer = 0;
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(apply, 120); });
    form.addEventListener("submit", (event) => event.preventDefault());
    window.addEventListener("hashchange", apply);
    form.hidden = false;
    if (location.hash.startsWith("#provider=")) apply();
  }

  function say(status, found, shown) {
    const number = (value) => value.toLocaleString(document.documentElement.lang);
    const text = found > shown ? status.dataset.shown : status.dataset.found;
    status.textContent = text.replace("{found}", number(found)).replace("{shown}", number(shown));
  }

  function matches(codes, want) {
    if (want.role) {
      const code = codes[Number(want.role)];
      return want.control ? code === want.control : code !== " " && code !== "-";
    }
    return !want.control || codes.includes(want.control);
  }

  function reverse(table, letter) {
    const letters = JSON.parse(table.dataset.letters);
    return Object.keys(letters).find((code) => letters[code] === letter) || (letter ? "-" : " ");
  }

  function fold(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
  }

  function draw(table, body) {
    const letters = JSON.parse(table.dataset.letters), classes = JSON.parse(table.dataset.classes);
    const row = document.createElement("tr");
    const head = row.appendChild(document.createElement("th"));
    head.scope = "row";
    const link = head.appendChild(document.createElement("a"));
    link.href = table.dataset.base + "bodies/" + body[4];
    link.textContent = body[0];
    if (body[0] !== body[1]) head.appendChild(document.createElement("small")).textContent = body[1];
    row.appendChild(document.createElement("td")).textContent = body[2];
    for (const code of body[3]) {
      const cell = row.appendChild(document.createElement("td"));
      cell.className = "r";
      if (code === " ") continue;
      const mark = cell.appendChild(document.createElement(code === "-" ? "i" : "b"));
      mark.textContent = code === "-" ? "–" : letters[code];
      if (code !== "-") mark.className = "k k-" + classes[code];
    }
    return row;
  }

  let loading = null;
  function load(up, chunks) {
    const names = ["providers", ...Array.from({ length: chunks }, (_, index) => "bodies-" + index)];
    loading = loading || Promise.all(names.map((name) => new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = up + "data/" + name + ".js";
      script.onload = script.onerror = resolve;
      document.head.append(script);
    })));
    return loading;
  }

  document.querySelectorAll("table.sortable").forEach(sortable);
  const form = document.querySelector("form.filter"), table = document.querySelector("table.bodies");
  if (form && table) filterable(form, table);
})();
