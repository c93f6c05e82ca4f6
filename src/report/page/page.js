"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { apps, migrations, servers } = data;
  const LEVELS = ["info", "warning", "error", "bug"];
  const SIGNS = { info: "i", warning: "▲", error: "✖", bug: "✖" };
  const CARD = 250, HEAD = 50, OPEN_HEAD = 32, ROW = 22, GAP_X = 36, GAP_Y = 10, LAYER_GAP = 44, LANE = 12;

  const byId = (id) => document.getElementById(id);
  const view = byId("view"), stage = byId("stage"), links = byId("links"), panel = byId("panel");

  /** An element with attributes and children; text always becomes a text node. */
  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== undefined && child !== ""));
    return made;
  }

  function drawn(tag, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  // What the data does not say outright.

  migrations.forEach((it, at) => {
    it.at = at;
    it.title = `${apps[it.app].label}.${it.name}`;
    it.before = [];
    it.worst = Math.max(-1, ...it.findings.map((finding) => LEVELS.indexOf(finding.level)));
  });
  apps.forEach((app, at) => Object.assign(app, { at, nodes: [], from: new Map(), to: new Map(), worst: -1, counts: {} }));
  const bump = (map, key) => map.set(key, (map.get(key) || 0) + 1);
  for (const it of migrations) {
    const app = apps[it.app];
    it.row = app.nodes.length;
    app.nodes.push(it);
    app.worst = Math.max(app.worst, it.worst);
    for (const finding of it.findings) app.counts[finding.level] = (app.counts[finding.level] || 0) + 1;
    for (const parent of it.after) {
      migrations[parent].before.push(it.at);
      const other = migrations[parent].app;
      if (other !== it.app) {
        bump(app.from, other);
        bump(apps[other].to, it.app);
      }
    }
  }
  for (const app of apps) {
    app.heads = app.nodes.filter((it) => !it.before.some((child) => migrations[child].app === app.at));
    app.layer = 0;
  }
  // Apps stand in the order of their first migration; a dependency on a later app is
  // one of a circle of apps and has no say in where it stands.
  for (const app of apps) {
    for (const other of app.from.keys()) {
      if (other < app.at) app.layer = Math.max(app.layer, apps[other].layer + 1);
    }
    rails(app);
  }

  /** Gives the migrations of an app lanes, so that branches run side by side. */
  function rails(app) {
    const lanes = [];
    const inApp = (places) => places.map((at) => migrations[at]).filter((other) => other.app === app.at);
    for (const it of app.nodes) {
      it.parents = inApp(it.after).filter((parent) => parent.row < it.row);
      // It goes on in a parent's lane, or in one that is free from there on.
      const own = it.parents.map((parent) => parent.lane).filter((lane) => it.parents.includes(lanes[lane].tail));
      const above = Math.min(it.row - 1, ...it.parents.map((parent) => parent.row));
      let lane = own.length ? Math.min(...own) : lanes.findIndex((one) => one.until <= above);
      if (lane < 0) lane = lanes.length;
      it.lane = lane;
      // A branch keeps its lane until it is merged.
      lanes[lane] = { tail: it, until: Math.max(it.row, ...inApp(it.before).map((child) => child.row)) };
      it.goesOn = own.length > 0;
    }
    app.lanes = Math.min(Math.max(lanes.length, 1), 8);
  }

  // What is shown.

  const state = {
    open: new Set(), hidden: new Set(), level: "", chosen: null, app: null, over: null,
    server: 0, x: 0, y: 0, k: 1, columns: [],
  };
  const least = () => (state.level ? LEVELS.indexOf(state.level) : -1);
  const isShown = (app) => !state.hidden.has(app.at) && (least() < 0 || app.worst >= least());
  const isDim = (it) => least() >= 0 && it.worst < least();

  function badges(counts) {
    return [...LEVELS].reverse().filter((level) => counts[level]).map((level) =>
      element("span", { class: `badge ${level}`, title: `${counts[level]} × ${level}` }, `${SIGNS[level]} ${counts[level]}`));
  }

  function countsOf(it) {
    const counts = {};
    for (const finding of it.findings) counts[finding.level] = (counts[finding.level] || 0) + 1;
    return counts;
  }

  function card(app) {
    const heads = app.heads.map((it) => it.name);
    const marks = new Set(app.nodes.map((it) => it.mark).filter(Boolean));
    app.button = element("button", { class: "head", "aria-expanded": "false", title: app.label, onclick: () => toggle(app) },
      element("span", { class: "line" },
        element("span", { class: "label" }, app.label),
        element("span", { class: "count", title: "migrations" }, String(app.nodes.length))),
      element("span", { class: "line" },
        ...[...marks].map((mark) => element("span", { class: "badge mark" }, mark)),
        ...badges(app.counts),
        element("span", { class: "heads" }, (heads.length > 1 ? `${heads.length} heads: ` : "") + heads.join(", "))));
    app.card = element("section", { class: "card" + (app.outside ? " outside" : ""), "aria-label": app.label,
      onpointerenter: () => hover(app), onpointerleave: () => hover(null), onfocusin: () => hover(app) }, app.button);
    stage.append(app.card);
  }

  /** The rows of an app, made when it is opened first. */
  function fill(app) {
    if (app.list) return;
    const indent = 14 + app.lanes * LANE;
    app.list = element("ul", { class: "rows" }, ...app.nodes.map((it) => {
      const across = [...it.after, ...it.before].filter((at) => migrations[at].app !== app.at).length;
      it.element = element("button", { class: "row", style: `padding-left:${indent}px`, "data-at": it.at, title: it.title, onclick: () => choose(it) },
        element("span", { class: "name" }, it.name),
        it.squashes ? element("span", { class: "badge squash", title: `squashes ${it.squashes}` }, `⊃ ${it.squashes}`) : "",
        it.mark ? element("span", { class: "badge mark" }, it.mark) : "",
        ...badges(countsOf(it)),
        across ? element("span", { class: "across", title: "links to other apps" }, `↔ ${across}`) : "");
      return element("li", {}, it.element);
    }));
    const svg = drawn("svg", { class: "rails", width: app.lanes * LANE, height: app.nodes.length * ROW });
    const spot = (it) => [Math.min(it.lane, app.lanes - 1) * LANE + 6, it.row * ROW + ROW / 2];
    for (const it of app.nodes) {
      const [x2, y2] = spot(it);
      for (const parent of it.parents) {
        const [x1, y1] = spot(parent);
        // A branch leaves its parent at once, and a merge comes down its own lane.
        const path = it.goesOn
          ? `M${x1},${y1}V${y2 - ROW}C${x1},${y2 - 8} ${x2},${y2 - 14} ${x2},${y2}`
          : `M${x1},${y1}C${x1},${y1 + 14} ${x2},${y1 + 8} ${x2},${y1 + ROW}V${y2}`;
        svg.append(drawn("path", { d: x1 === x2 ? `M${x1},${y1}V${y2}` : path }));
      }
    }
    for (const it of app.nodes) {
      const [x, y] = spot(it);
      svg.append(drawn("circle", { cx: x, cy: y, r: 4, class: LEVELS[it.worst] || "" }));
    }
    app.card.append(app.list, svg);
    app.svg = svg;
  }

  // Layout: what runs first on the left. A layer of many apps takes several columns.

  function columns() {
    const shown = apps.filter(isShown);
    const layers = [];
    for (const app of shown) (layers[app.layer] ||= []).push(app);
    const full = layers.filter(Boolean);
    const place = new Map();
    for (const layer of full) {
      // Beside what it depends on, as far as that stands on the left.
      const wish = (app) => {
        const on = [...app.from.keys()].filter((other) => place.has(other)).map((other) => place.get(other));
        return on.length ? on.reduce((sum, at) => sum + at, 0) / on.length : Infinity;
      };
      const wishes = new Map(layer.map((app) => [app, wish(app)]));
      layer.sort((one, two) => (wishes.get(one) === wishes.get(two) ? one.at - two.at : wishes.get(one) - wishes.get(two)));
      layer.forEach((app, at) => place.set(app.at, at / layer.length));
    }
    // The height of the columns at which all of it is seen at the largest scale.
    const total = Math.max(...full.map((layer) => filled(layer, Infinity)[0]?.height || 0), HEAD);
    let best = { scale: 0 };
    for (let height = total; height > HEAD / 2; height *= 0.9) {
      const split = full.map((layer) => filled(layer, height));
      const width = split.flat().reduce((sum, column) => sum + column.width + GAP_X, split.length * LAYER_GAP);
      const tallest = Math.max(...split.flat().map((column) => column.height));
      const scale = Math.min(view.clientWidth / width, view.clientHeight / tallest);
      if (scale > best.scale) best = { scale, split };
    }
    state.columns = best.split ? best.split.flat() : [];
  }

  const isOpen = (app) => state.open.has(app.at);
  const widthOf = (app) => (isOpen(app) ? CARD + 60 + app.lanes * LANE : CARD);
  const heightOf = (app) => (isOpen(app) ? OPEN_HEAD + 10 + app.nodes.length * ROW : HEAD);

  /** Apps in columns, each as high as the limit allows. */
  function filled(layer, limit) {
    const made = [];
    for (const app of layer) {
      const height = heightOf(app) + GAP_Y;
      let column = made.at(-1);
      if (!column || column.height + height > limit) made.push(column = { first: !made.length, apps: [], height: 0, width: 0 });
      column.apps.push(app);
      column.height += height;
      column.width = Math.max(column.width, widthOf(app));
    }
    return made;
  }

  function arrange() {
    let x = 0, height = 0;
    for (const app of apps) app.card.hidden = !isShown(app);
    for (const column of state.columns) {
      if (column.first && x > 0) x += LAYER_GAP;
      let y = 0, width = CARD;
      for (const app of column.apps) {
        const open = isOpen(app);
        Object.assign(app, { x, y, width: widthOf(app), height: heightOf(app) });
        Object.assign(app.card.style, { left: `${x}px`, top: `${y}px`, width: `${app.width}px`, height: `${app.height}px` });
        app.card.classList.toggle("open", open);
        app.button.setAttribute("aria-expanded", String(open));
        if (app.list) app.list.hidden = !open;
        if (app.svg) app.svg.style.display = open ? "" : "none";
        y += app.height + GAP_Y;
        width = Math.max(width, app.width);
      }
      x += width + GAP_X;
      height = Math.max(height, y);
    }
    state.width = Math.max(x - GAP_X, CARD);
    state.height = Math.max(height - GAP_Y, HEAD);
    byId("nothing").hidden = state.columns.length > 0;
    paint();
  }

  /** Classes and lines, which depend on what is chosen. */
  function paint() {
    const focus = state.over ?? state.app;
    const near = new Set(focus === null ? [] : [...apps[focus].from.keys(), ...apps[focus].to.keys()]);
    for (const app of apps) {
      app.card.classList.toggle("chosen", app.at === state.app);
      app.card.classList.toggle("near", near.has(app.at));
      if (!app.list) continue;
      for (const it of app.nodes) {
        it.element.classList.toggle("chosen", it.at === state.chosen);
        it.element.classList.toggle("dim", isDim(it));
      }
    }
    const paths = [];
    const line = (from, to, kind) => {
      if (!isShown(apps[from.app]) || !isShown(apps[to.app])) return;
      paths.push(drawn("path", { class: `link ${kind}`, d: curve(from, to) }));
    };
    if (byId("all-links").checked) {
      for (const app of apps) for (const other of app.from.keys()) line({ app: other }, { app: app.at }, "");
    }
    if (focus !== null && (state.chosen === null || migrations[state.chosen].app !== focus)) {
      for (const other of apps[focus].from.keys()) line({ app: other }, { app: focus }, "before");
      for (const other of apps[focus].to.keys()) line({ app: focus }, { app: other }, "after");
    }
    if (state.chosen !== null) {
      const it = migrations[state.chosen];
      for (const at of it.after) if (migrations[at].app !== it.app) line(migrations[at], it, it.mark === "cycle" && migrations[at].mark === "cycle" ? "cycle" : "before");
      for (const at of it.before) if (migrations[at].app !== it.app) line(it, migrations[at], "after");
    }
    links.classList.toggle("crowd", paths.length > 40);
    links.replaceChildren(...paths);
  }

  /** From the right side of what runs first to the left side of what depends on it. */
  function curve(from, to) {
    const [one, two] = [apps[from.app], apps[to.app]];
    const level = (end, app) => app.y + (end.row !== undefined && isOpen(app) ? OPEN_HEAD + 4 + end.row * ROW + ROW / 2 : 20);
    const [y1, y2] = [level(from, one), level(to, two)];
    const x1 = one.x + one.width;
    if (two.x >= x1) {
      const bend = Math.max(24, (two.x - x1) / 2);
      return `M${x1},${y1}C${x1 + bend},${y1} ${two.x - bend},${y2} ${two.x},${y2}`;
    }
    if (two.x + two.width <= one.x) {
      const x2 = two.x + two.width;
      const bend = Math.max(24, (one.x - x2) / 2);
      return `M${one.x},${y1}C${one.x - bend},${y1} ${x2 + bend},${y2} ${x2},${y2}`;
    }
    const x2 = two.x + two.width, far = Math.max(x1, x2) + 26;
    return `M${x1},${y1}C${far},${y1} ${far},${y2} ${x2},${y2}`;
  }

  // Movement.

  function move() {
    stage.style.transform = `translate(${state.x}px, ${state.y}px) scale(${state.k})`;
    stage.classList.toggle("far", state.k < 0.62);
  }

  function zoom(factor, x = view.clientWidth / 2, y = view.clientHeight / 2) {
    const k = Math.min(3, Math.max(0.04, state.k * factor));
    state.x = x - (x - state.x) * (k / state.k);
    state.y = y - (y - state.y) * (k / state.k);
    state.k = k;
    move();
  }

  function fit() {
    const space = 20;
    state.k = Math.min((view.clientWidth - 2 * space) / state.width, (view.clientHeight - 2 * space) / state.height, 1.25);
    state.k = Math.max(state.k, 0.04);
    state.x = Math.max(space, (view.clientWidth - state.width * state.k) / 2);
    state.y = Math.max(space, (view.clientHeight - state.height * state.k) / 2);
    move();
  }

  /** Brings an app, or one of its rows, into view. */
  function reveal(app, it, always) {
    if (it && state.k < 0.7) zoom(0.9 / state.k);
    const top = it && isOpen(app) ? app.y + OPEN_HEAD + it.row * ROW : app.y;
    const left = state.x + app.x * state.k, y = state.y + top * state.k;
    const [right, bottom] = [left + app.width * state.k, y + HEAD * state.k];
    const is_seen = left >= 0 && y >= 0 && right <= view.clientWidth && bottom <= view.clientHeight;
    if (is_seen && !always) return;
    state.x += view.clientWidth / 2 - (left + right) / 2;
    state.y += view.clientHeight * 0.4 - y;
    move();
  }

  let over = 0;
  function hover(app) {
    // Lines follow the pointer once it rests.
    clearTimeout(over);
    over = setTimeout(() => { state.over = app && app.at; paint(); }, app ? 60 : 200);
  }

  function toggle(app) {
    const [left, top] = [app.x, app.y];
    if (isOpen(app)) state.open.delete(app.at);
    else { fill(app); state.open.add(app.at); }
    state.app = app.at;
    arrange();
    // What was clicked stays under the pointer.
    state.x += (left - app.x) * state.k;
    state.y += (top - app.y) * state.k;
    move();
  }

  function openAll(open) {
    for (const app of apps) {
      if (!isShown(app)) continue;
      if (open) { fill(app); state.open.add(app.at); } else state.open.delete(app.at);
    }
    columns();
    arrange();
    fit();
  }

  function choose(it, options = {}) {
    const app = apps[it.app];
    state.chosen = it.at;
    state.app = it.app;
    if (!isShown(app)) {
      state.hidden.delete(app.at);
      if (!isShown(app)) { state.level = ""; byId("level").value = ""; }
      listApps();
      columns();
    }
    if (!isOpen(app)) { fill(app); state.open.add(app.at); }
    show(it);
    arrange();
    reveal(app, it, options.center);
    it.element.focus({ preventScroll: true });
    try { history.replaceState(null, "", `#${encodeURIComponent(it.title)}`); } catch { /* not where the page is embedded */ }
  }

  function close() {
    panel.hidden = true;
    state.chosen = null;
    try { history.replaceState(null, "", "#"); } catch { /* as above */ }
    paint();
  }

  // The panel.

  function references(title, places) {
    if (!places.length) return [];
    return [element("h3", {}, title), element("ul", {}, ...places.map((at) => {
      const it = migrations[at];
      return element("li", {}, element("button", { class: "go", onclick: () => choose(it, { center: true }) }, it.title), " ",
        ...badges(countsOf(it)), it.mark ? element("span", { class: "badge mark" }, it.mark) : "");
    }))];
  }

  /** What is about no migration that is shown. */
  function showOthers() {
    close();
    panel.replaceChildren(
      element("button", { class: "close", "aria-label": "Close", onclick: () => { close(); byId("others").focus(); } }, "✕"),
      element("h2", {}, "Other findings"),
      element("p", { class: "soft" }, "These are about settings, the configuration, or migrations that are not shown."),
      ...data.others.map(finding));
    panel.hidden = false;
  }

  function show(it) {
    const facts = [it.path, it.squashes ? `squashes ${it.squashes} migrations` : "", apps[it.app].outside ? "of another app, shown because of what depends on it" : ""];
    panel.replaceChildren(...[
      element("button", { class: "close", "aria-label": "Close", onclick: () => { close(); it.element.focus({ preventScroll: true }); } }, "✕"),
      element("h2", {}, ...breakable(it.title)),
      it.mark ? element("span", { class: "badge mark" }, it.mark) : "",
      ...facts.filter(Boolean).map((fact) => element("div", { class: "soft fact" }, ...breakable(fact))),
      ...(it.findings.length ? [element("h3", {}, "Findings"), ...it.findings.map(finding)] : []),
      ...references("Depends on", it.after),
      ...references("Needed by", it.before),
      ...(it.operations.length ? [element("h3", {}, "Operations"), element("ul", {}, ...it.operations.map((text) => element("li", {}, ...ticked(text))))] : []),
      ...sql(it),
    ].filter((child) => child !== ""));
    panel.hidden = false;
    panel.scrollTop = 0;
  }

  /** A name that may go on in the next line at its joints. */
  function breakable(text) {
    return text.split(/(?<=[_./])/).flatMap((part) => [part, element("wbr")]);
  }

  /** Text with `code` in it. */
  function ticked(text) {
    return text.split("`").map((part, at) => (at % 2 ? element("code", {}, part) : part));
  }

  function finding(it) {
    return element("div", { class: `finding ${it.level}` },
      element("p", {}, element("strong", {}, `${it.level}[${it.rule}] `), ...ticked(it.message)),
      element("p", { class: "soft" }, it.place),
      ...it.notes.map((note) => element("p", {}, "note: ", ...ticked(note))),
      ...it.help.map((help) => element("p", {}, "help: ", ...ticked(help))));
  }

  function sql(it) {
    if (!it.sql.length) return [];
    state.server = Math.min(state.server, it.sql.length - 1);
    const body = element("pre", { tabindex: "0", role: "tabpanel" });
    const tabs = it.sql.map((_, at) => element("button", { role: "tab", onclick: () => pick(at) }, servers[at]));
    const pick = (at) => {
      state.server = at;
      tabs.forEach((tab, other) => tab.setAttribute("aria-selected", String(other === at)));
      body.replaceChildren(...script(it.sql[at]));
    };
    pick(state.server);
    return [element("h3", {}, "SQL, with what it locks"), element("div", { class: "tabs", role: "tablist" }, ...tabs), body];
  }

  function script(lines) {
    if (!lines.length) return [element("span", { class: "comment" }, "-- nothing\n")];
    return lines.filter((line) => line.text !== "--").flatMap((line) => [
      ...(line.locks || []).flatMap((lock) => [element("span", { class: "lock" }, `-- ${lock}`), "\n"]),
      ...(line.text.startsWith("--") ? [element("span", { class: "comment" }, line.text)] : statement(line.text)), "\n",
    ]);
  }

  function statement(text) {
    const parts = text.split(/('(?:[^']|'')*'|"[^"]*"|`[^`]*`)/);
    return parts.flatMap((part, at) => {
      if (at % 2) return part.startsWith("'") ? [element("span", { class: "text" }, part)] : [part];
      return part.split(/\b([A-Z][A-Z_]+)\b/).map((word, place) => (place % 2 ? element("span", { class: "word" }, word) : word));
    });
  }

  // Search.

  const search = byId("search"), hits = byId("hits");
  const MOST_HITS = 60;
  let found = [], marked = 0;
  for (const it of migrations) it.text = `${it.title} ${it.operations.join(" ")} ${it.findings.map((each) => each.rule).join(" ")}`.toLowerCase();

  function find() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rank = (it) => (words.every((word) => it.title.toLowerCase().includes(word)) ? 0 : 1);
    const fitting = words.length ? migrations.filter((it) => words.every((word) => it.text.includes(word))) : [];
    fitting.sort((one, two) => rank(one) - rank(two) || one.at - two.at);
    found = fitting.slice(0, MOST_HITS);
    marked = 0;
    const options = found.map((it, at) => {
      const other = rank(it) && [...it.operations, ...it.findings.map((each) => each.rule)].find((text) => words.some((word) => text.toLowerCase().includes(word)));
      return element("div", { class: "hit", role: "option", id: `hit-${at}`, onclick: () => take(at) },
        element("code", {}, it.title), ...badges(countsOf(it)), other ? element("small", {}, other.replaceAll("`", "")) : "");
    });
    if (words.length && !found.length) options.push(element("div", { class: "hit none" }, "nothing found"));
    if (fitting.length > found.length) options.push(element("div", { class: "hit none" }, `${fitting.length - found.length} more`));
    hits.replaceChildren(...options);
    openHits(words.length > 0);
    mark(0);
  }

  function openHits(open) {
    hits.hidden = !open;
    search.setAttribute("aria-expanded", String(open));
  }

  function mark(at) {
    if (!found.length) return search.removeAttribute("aria-activedescendant");
    marked = (at + found.length) % found.length;
    [...hits.children].forEach((hit, other) => hit.setAttribute("aria-selected", String(other === marked)));
    hits.children[marked].scrollIntoView({ block: "nearest" });
    search.setAttribute("aria-activedescendant", `hit-${marked}`);
  }

  function take(at) {
    openHits(false);
    if (found[at]) choose(found[at], { center: true });
  }

  search.addEventListener("input", find);
  search.addEventListener("focus", () => search.value && find());
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") mark(marked + 1);
    else if (event.key === "ArrowUp") mark(marked - 1);
    else if (event.key === "Enter") take(marked);
    else return;
    event.preventDefault();
  });

  // The list of apps.

  const appsMenu = byId("apps"), appsSearch = byId("apps-search");

  function nameApps() {
    const shown = apps.length - state.hidden.size;
    byId("apps-button").textContent = state.hidden.size ? `Apps: ${shown} of ${apps.length}` : `Apps: ${apps.length}`;
  }

  const listed = () => {
    const part = appsSearch.value.toLowerCase();
    return apps.filter((app) => app.label.toLowerCase().includes(part)).sort((one, two) => (one.label < two.label ? -1 : 1));
  };

  function listApps() {
    byId("apps-list").replaceChildren(...listed().map((app) => {
      const box = element("input", { type: "checkbox", onchange: () => {
        if (box.checked) state.hidden.delete(app.at); else state.hidden.add(app.at);
        refilter();
      } });
      box.checked = !state.hidden.has(app.at);
      return element("label", {}, box, element("span", {}, app.label), ...badges(app.counts));
    }));
    nameApps();
  }

  function refilter() {
    nameApps();
    columns();
    arrange();
    fit();
  }

  function openApps(open) {
    appsMenu.hidden = !open;
    byId("apps-button").setAttribute("aria-expanded", String(open));
    if (open) { listApps(); appsSearch.focus(); }
  }

  /** All or none of those that are listed. */
  function tickAll(ticked) {
    for (const app of listed()) if (ticked) state.hidden.delete(app.at); else state.hidden.add(app.at);
    listApps();
    refilter();
  }

  byId("apps-button").addEventListener("click", () => openApps(appsMenu.hidden));
  appsSearch.addEventListener("input", listApps);
  byId("apps-all").addEventListener("click", () => tickAll(true));
  byId("apps-none").addEventListener("click", () => tickAll(false));

  // Pointer and keys.

  let drag = null;
  view.addEventListener("pointerdown", (event) => {
    if (event.button === 0) drag = { x: event.clientX, y: event.clientY, far: false, id: event.pointerId };
  });
  view.addEventListener("pointermove", (event) => {
    if (!drag || drag.id !== event.pointerId) return;
    const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.far && Math.hypot(x, y) < 5) return;
    if (!drag.far) view.setPointerCapture(event.pointerId);
    view.classList.add("dragging");
    state.x += x;
    state.y += y;
    drag = { ...drag, x: event.clientX, y: event.clientY, far: true };
    move();
  });
  const drop = () => {
    // The click that ends a drag opens nothing.
    if (drag?.far) {
      const swallow = (event) => { event.stopPropagation(); event.preventDefault(); };
      view.addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => view.removeEventListener("click", swallow, { capture: true }), 0);
    }
    drag = null;
    view.classList.remove("dragging");
  };
  view.addEventListener("pointerup", drop);
  view.addEventListener("pointercancel", drop);
  view.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = view.getBoundingClientRect();
    if (event.shiftKey) { state.x -= event.deltaX || event.deltaY; move(); return; }
    const step = event.deltaMode === 1 ? 30 : 1;
    zoom(Math.exp(-Math.max(-120, Math.min(120, event.deltaY * step)) * 0.002), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  // The browser may scroll to what has the focus; here the stage moves instead.
  view.addEventListener("scroll", () => { view.scrollLeft = 0; view.scrollTop = 0; });
  view.addEventListener("focusin", (event) => {
    const row = event.target.closest?.(".row"), head = event.target.closest?.(".head");
    if (!event.target.matches(":focus-visible")) return;
    if (row) reveal(apps[migrations[row.dataset.at].app], migrations[row.dataset.at]);
    else if (head) reveal(apps.find((app) => app.button === head));
  });

  function step(it, key) {
    const app = apps[it.app];
    const next = {
      ArrowUp: app.nodes[it.row - 1], ArrowDown: app.nodes[it.row + 1],
      ArrowLeft: migrations[it.after[0]], ArrowRight: migrations[it.before[0]],
    }[key];
    if (!next) return;
    if (state.chosen !== null) { choose(next); return; }
    const other = apps[next.app];
    if (!isShown(other)) return;
    if (!isOpen(other)) { fill(other); state.open.add(other.at); arrange(); }
    reveal(other, next);
    next.element.focus({ preventScroll: true });
  }

  const HELP = byId("help");
  function openHelp(open) {
    HELP.hidden = !open;
    byId("help-button").setAttribute("aria-expanded", String(open));
  }
  byId("help-button").addEventListener("click", () => openHelp(HELP.hidden));

  addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (!hits.hidden) openHits(false);
      else if (!appsMenu.hidden) { openApps(false); byId("apps-button").focus(); }
      else if (!HELP.hidden) openHelp(false);
      else if (!panel.hidden) close();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select")) return;
    const row = event.target.closest(".row");
    const move_by = { ArrowUp: [0, 60], ArrowDown: [0, -60], ArrowLeft: [60, 0], ArrowRight: [-60, 0] }[event.key];
    if (move_by && row) step(migrations[row.dataset.at], event.key);
    else if (move_by && event.target === view) { state.x += move_by[0]; state.y += move_by[1]; move(); }
    else if (event.key === "/") search.focus();
    else if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "0") fit();
    else if (event.key === "?") openHelp(HELP.hidden);
    else return;
    event.preventDefault();
  });
  addEventListener("pointerdown", (event) => {
    if (!event.target.closest(".search")) openHits(false);
    if (!event.target.closest(".menu")) openApps(false);
  });
  addEventListener("resize", () => { columns(); arrange(); });

  byId("in").addEventListener("click", () => zoom(1.25));
  byId("out").addEventListener("click", () => zoom(0.8));
  byId("fit").addEventListener("click", fit);
  byId("expand").addEventListener("click", () => openAll(true));
  byId("collapse").addEventListener("click", () => openAll(false));
  byId("all-links").addEventListener("change", paint);
  byId("level").addEventListener("change", () => { state.level = byId("level").value; refilter(); });
  const THEMES = ["auto", "light", "dark"];
  byId("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const next = THEMES[(THEMES.indexOf(root.dataset.theme || "auto") + 1) % THEMES.length];
    root.dataset.theme = next;
    byId("theme").textContent = `Theme: ${next}`;
  });

  // Start: small projects are open, large ones show their apps.

  const MOST_OPEN = 60;
  const folder = data.project.split(/[\\/]/).filter((part) => part && part !== "." && part !== "..").at(-1);
  const whose = folder ? ` of ${folder}` : "";
  document.title = `Migrations${whose}`;
  const total = migrations.filter((it) => !apps[it.app].outside).length;
  byId("title").append(element("small", {}, `${whose}: ${total} in ${apps.filter((app) => !app.outside).length} apps`));
  const others = byId("others");
  others.hidden = !data.others.length;
  others.textContent = `Other findings: ${data.others.length}`;
  others.addEventListener("click", showOthers);
  apps.forEach(card);
  if (total <= MOST_OPEN) for (const app of apps) { fill(app); state.open.add(app.at); }
  nameApps();
  columns();
  arrange();
  fit();
  const asked = decodeURIComponent(location.hash.slice(1));
  const target = migrations.find((it) => it.title === asked);
  if (target) choose(target, { center: true });
})();
