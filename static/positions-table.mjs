// Open positions: rows on a desk, cards on a phone. A row is made once for a position id and patched each second;
// its place, the scroll, the sort, the filter and the focus are the viewer's and survive every update. Sorting puts
// rows in order once: they do not change places under the viewer's hand while their numbers move.
import { part, setAttribute, setText, setTone } from "./drawing.mjs";

const COLUMNS = [
  { name: "pair", title: "Pair", key: "base" },
  { name: "result", title: "Result, USDT", key: "result", number: true },
  { name: "bar", title: "From stop to target", key: "progress" },
  { name: "price", title: "Price", number: true },
  { name: "size", title: "Size, USDT", key: "size", number: true },
  { name: "liquidation", title: "Liquidation", key: "liquidation", number: true },
  { name: "open", title: "Open for", key: "seconds", number: true },
  { name: "protection", title: "Protection", key: "protection" },
];
const SORTS = [
  ["", "As opened"],
  ["result", "Result"],
  ["percent", "Result, % of margin"],
  ["r", "Result, R"],
  ["stop", "Distance to stop"],
  ["target", "Distance to target"],
  ["liquidation", "Distance to liquidation"],
  ["size", "Size"],
  ["seconds", "Time open"],
  ["base", "Pair"],
];
const NEAREST_FIRST = new Set(["stop", "target", "liquidation", "base"]);
const ONE_AT_A_TIME = 900; // pixels: up to here the panel takes the page, which only a press may bring about
const ROOM_FOR_CHART = 1024; // pixels
const LIVE_KEYS = new Set(["result", "percent", "r", "stop", "target", "liquidation", "size", "progress"]);
const FILTER_FROM = 5; // fewer rows are seen at a glance

export default function draw({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".live");
  if (!root.rows) build(root);
  root.choose = (id, byItself = false) => {
    root.selected = id;
    root.byItself = byItself;
    root.chosen = true;
    markSelection(root);
    setTriggerValue("chosen", { id, byItself });
  };
  root.tell = () => setTriggerValue("ticked", { ids: [...root.ticked] });
  root.selected = data.selected;
  root.byItself = data.byItself;
  if (root.selecting !== data.selecting) beginOrEndSelecting(root, data);
  if (take(root, data)) patchRows(root, data.ids.map((id) => root.values.get(id)));
  else if (root.missed !== data.number) {
    root.missed = data.number;
    setTriggerValue("missing", data.number);
  }
  filter(root);
  chooseFirst(root, data);
  markSelection(root);
  rove(root);
}

// Where there is room for it, the chart of the first position is there without being asked for. Once, and never after
// the viewer chose: an update made before that press still says that nothing is chosen.
function chooseFirst(root, data) {
  if (root.byItself && root.selected !== null && window.innerWidth <= ONE_AT_A_TIME) root.choose(null);
  if (!data.auto || data.selecting || root.chosen || window.innerWidth < ROOM_FOR_CHART || !data.ids.length) return;
  root.choose(data.ids[0], true);
}

// A second press on a row closes its panel, but not the viewer's first on the row that was chosen by itself: they ask
// for what they may not have seen come.
function press(root, id) {
  root.choose(root.selected === id && !root.byItself ? null : id);
}

// Takes over what changed; false when the message that this one builds upon was missed.
function take(root, { number, since, rows }) {
  if (number === root.number) return true;
  if (since !== 0 && since !== root.number) return false;
  if (since === 0) root.values.clear();
  root.number = number;
  for (const row of rows) {
    const known = root.values.get(row.id);
    root.values.set(row.id, { ...known, ...row, keys: { ...known?.keys, ...row.keys } });
  }
  return true;
}

// Ticks are the browser's while boxes are shown: an update made before the last tick must not undo it.
function beginOrEndSelecting(root, data) {
  root.selecting = data.selecting;
  root.ticked = new Set(data.ticked);
  root.classList.toggle("selecting", data.selecting);
}

function build(root) {
  root.className = "live positions";
  root.rows = new Map();
  root.values = new Map();
  root.ticked = new Set();
  root.sort = sortInAddress();
  buildTools(root);
  buildAsOf(root);
  root.grid = part(root, "div", "grid");
  root.grid.setAttribute("role", "grid");
  root.grid.setAttribute("aria-label", "Open positions");
  const headGroup = part(root.grid, "div", "heads");
  headGroup.setAttribute("role", "rowgroup");
  const head = part(headGroup, "div", "row head");
  head.setAttribute("role", "row");
  root.heads = COLUMNS.map((column) => buildHead(root, head, column));
  root.body = part(root.grid, "div", "body");
  root.body.setAttribute("role", "rowgroup");
  root.none = part(root, "p", "none quiet", "No matches.");
  root.none.hidden = true;
  new ResizeObserver(() => keepPlace(root)).observe(root);
}

// On a phone the panel takes the list's place and begins at its top; who comes back is where they left.
function keepPlace(root) {
  const shown = root.offsetHeight > 0;
  if (!shown && root.selected !== null) {
    root.left = root.selected;
    root.closest("[data-testid=stMain]")?.scrollTo(0, 0);
  } else if (shown && root.left) {
    root.rows.get(root.left)?.element.scrollIntoView({ block: "center" });
    root.left = null;
  }
}

function buildTools(root) {
  root.tools = part(root, "div", "tools");
  root.words = part(root.tools, "input", "filter");
  root.words.type = "search";
  root.words.placeholder = "Filter: BTC, short, closing …";
  root.words.setAttribute("aria-label", "Filter open positions");
  root.words.oninput = () => {
    filter(root);
    rove(root);
  };
  root.sorts = part(root.tools, "select", "sorts");
  root.sorts.setAttribute("aria-label", "Sort open positions by");
  for (const [key, title] of SORTS) part(root.sorts, "option", "", title).value = key;
  root.sorts.onchange = () => {
    const key = root.sorts.value || null;
    root.sort = { key, down: !NEAREST_FIRST.has(key) };
    sortNow(root);
  };
}

// Rows stay where they are while their figures change; once that is another order, it is said as of when they stand.
function buildAsOf(root) {
  root.asOf = part(root, "p", "as-of quiet");
  root.asOf.hidden = true;
  root.asOfWords = part(root.asOf, "span");
  const again = part(root.asOf, "button", "again", "Sort again");
  again.type = "button";
  again.onclick = () => sortNow(root);
}

// The order is in the address: a reload, a link and the way back keep it. Nobody on the server needs to know.
function sortInAddress() {
  const [key, way] = (new URLSearchParams(location.search).get("sort") ?? "").split("-");
  const known = SORTS.some(([name]) => name && name === key) || COLUMNS.some((column) => column.key && column.key === key);
  return known ? { key, down: way !== "up" } : { key: null, down: true };
}

function keepSort({ key, down }) {
  const address = new URL(location.href);
  if (key === null) address.searchParams.delete("sort");
  else address.searchParams.set("sort", `${key}-${down ? "down" : "up"}`);
  history.replaceState(history.state, "", address);
}

function sortNow(root) {
  keepSort(root.sort);
  order(root);
}

// Every word must stand somewhere in a row's words.
function filter(root) {
  const many = root.rows.size > FILTER_FROM || root.words.value !== "";
  if (root.tools.hidden === many) root.tools.hidden = !many;
  const wanted = root.words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of root.rows.values()) {
    const fits = wanted.every((word) => row.words.includes(word));
    if (row.element.hidden === fits) row.element.hidden = !fits;
    shown += fits;
  }
  root.none.hidden = shown > 0;
}

function buildHead(root, head, column) {
  const cell = part(head, "div", `cell ${column.name}${column.number ? " number" : ""}`);
  cell.setAttribute("role", "columnheader");
  if (!column.key) {
    cell.textContent = column.title;
    return { cell, column };
  }
  const button = part(cell, "button", "sort", column.title);
  button.type = "button";
  button.onclick = () => {
    root.sort = nextSort(root.sort, column.key);
    sortNow(root);
  };
  return { cell, column };
}

// First press: largest first, or the nearest danger. Second: the other way round. Third: as opened.
function nextSort(sort, key) {
  const first = !NEAREST_FIRST.has(key);
  if (sort.key !== key) return { key, down: first };
  return sort.down === first ? { key, down: !first } : { key: null, down: true };
}

function patchRows(root, values) {
  const seen = new Set();
  const first = root.rows.size === 0;
  values.forEach((value, index) => {
    seen.add(value.id);
    let row = root.rows.get(value.id);
    if (!row) {
      row = buildRow(root, value);
      root.rows.set(value.id, row);
      root.body.appendChild(row.element);
    }
    row.index = index;
    row.keys = value.keys;
    row.words = value.words;
    patchRow(row, value);
  });
  alignBars(root, values);
  for (const [id, row] of root.rows) {
    if (seen.has(id)) continue;
    row.element.remove();
    root.rows.delete(id);
    root.ticked.delete(id);
  }
  if (first && root.sort.key !== null) order(root);
  else sayAsOf(root);
}

// All bars begin and end in the same places, whatever amounts stand beside them.
function alignBars(root, values) {
  const longest = Math.max(...values.flatMap(({ stop, target }) => [...stop, ...target].map((words) => words.length)));
  if (root.ends === longest) return;
  root.ends = longest;
  root.style.setProperty("--ends", `${longest - 0.5}ch`);
}

function buildRow(root, { id, label }) {
  const element = document.createElement("div");
  element.className = "row position";
  element.setAttribute("role", "row");
  element.tabIndex = -1;
  element.dataset.position = id;
  element.onfocus = () => {
    root.stop = element;
    rove(root);
  };
  element.onclick = () => (root.selecting ? tick(root, id) : press(root, id));
  element.onkeydown = (event) => onKey(root, id, element, event);
  const cells = {};
  for (const column of COLUMNS) {
    const cell = part(element, "div", `cell ${column.name}${column.number ? " number" : ""}`);
    cell.setAttribute("role", "gridcell");
    if (column.name === "pair") cells.box = buildBox(root, cell, id, label);
    cells[column.name] = column.name === "bar" ? buildBar(cell) : buildLines(cell, column.name);
  }
  return { element, cells };
}

function buildBox(root, cell, id, label) {
  const box = part(cell, "input", "box");
  box.type = "checkbox";
  box.tabIndex = -1; // Space on its row ticks it
  box.checked = root.ticked.has(id);
  box.setAttribute("aria-label", `Select ${label.split(",")[0]}`);
  box.onclick = (event) => {
    event.stopPropagation();
    tick(root, id);
  };
  return box;
}

function tick(root, id) {
  if (!root.ticked.delete(id)) root.ticked.add(id);
  markSelection(root);
  root.tell();
}

function buildLines(cell, name) {
  const first = part(cell, "div", "first");
  const lines = { first, second: part(cell, "div", "second") };
  if (name === "pair") {
    lines.base = part(first, "b");
    lines.quote = part(first, "span", "quiet");
    lines.side = part(lines.second, "span");
    lines.alert = part(lines.second, "span", "alert");
  }
  if (name === "price") {
    lines.from = part(lines.second, "span");
    lines.age = part(lines.second, "span", "age");
  }
  return lines;
}

function buildBar(cell) {
  const bar = { stop: buildEnd(cell, "stop") };
  bar.track = part(cell, "span", "track");
  bar.fill = part(bar.track, "span", "fill");
  bar.entry = part(bar.track, "span", "entry");
  bar.dot = part(bar.track, "span", "dot");
  bar.target = buildEnd(cell, "target");
  return bar;
}

// What it brings there, and below how far the price is from it.
function buildEnd(cell, name) {
  const end = part(cell, "span", `end ${name}`);
  return { first: part(end, "span", "usdt"), second: part(end, "span", "away") };
}

function patchRow(row, value) {
  const { cells, element } = row;
  setAttribute(element, "aria-label", value.label);
  element.classList.toggle("stale-price", value.stale);
  setText(cells.pair.base, value.base);
  setText(cells.pair.quote, value.quote);
  setText(cells.pair.side, value.side);
  setText(cells.pair.alert, value.alert);
  setTone(cells.pair.alert, value.protectionTone);
  for (const name of ["result", "size", "liquidation", "open", "protection"]) {
    setText(cells[name].first, value[name][0]);
    setText(cells[name].second, value[name][1]);
  }
  setText(cells.price.first, value.price[0]);
  setText(cells.price.from, value.price[1]);
  setText(cells.price.age, value.age);
  setTone(cells.result.first, value.tone);
  setTone(cells.protection.first, value.protectionTone);
  patchBar(cells.bar, value);
}

function patchBar(bar, value) {
  for (const end of ["stop", "target"]) {
    setText(bar[end].first, value[end][0]);
    setText(bar[end].second, value[end][1]);
  }
  setTone(bar.fill, value.tone);
  setTone(bar.dot, value.tone);
  const known = value.at !== null && value.entry !== null;
  for (const element of [bar.fill, bar.entry, bar.dot]) element.hidden = !known;
  if (!known) return;
  bar.entry.style.left = `${value.entry * 100}%`;
  bar.dot.style.left = `${value.at * 100}%`;
  bar.fill.style.left = `${Math.min(value.at, value.entry) * 100}%`;
  bar.fill.style.width = `${Math.abs(value.at - value.entry) * 100}%`;
}

function order(root) {
  const { key, down } = root.sort;
  root.sorts.value = key ?? "";
  for (const { cell, column } of root.heads) {
    if (!column.key) continue;
    setAttribute(cell, "aria-sort", column.key !== key ? "none" : down ? "descending" : "ascending");
  }
  inOrder(root).forEach((row, index) => {
    if (root.body.children[index] !== row.element) root.body.insertBefore(row.element, root.body.children[index]);
  });
  root.sortedAt = new Date();
  sayAsOf(root);
}

function inOrder(root) {
  const { key, down } = root.sort;
  return [...root.rows.values()].sort((one, other) => compare(one, other, key, down));
}

function sayAsOf(root) {
  const stands =
    !LIVE_KEYS.has(root.sort.key) || inOrder(root).every((row, index) => root.body.children[index] === row.element);
  if (root.asOf.hidden !== stands) root.asOf.hidden = stands;
  if (!stands) setText(root.asOfWords, `Sorted as of ${root.sortedAt.toLocaleTimeString([], { hourCycle: "h23" })}.`);
}

// What is not known yet stays at the end whichever way the column is sorted.
function compare(one, other, key, down) {
  if (key === null) return one.index - other.index;
  const a = one.keys[key];
  const b = other.keys[key];
  if (a === b) return one.index - other.index;
  if (a === null || b === null) return a === null ? 1 : -1;
  return (a < b ? -1 : 1) * (down ? -1 : 1);
}

function markSelection(root) {
  for (const [id, row] of root.rows) {
    const chosen = root.selecting ? root.ticked.has(id) : id === root.selected;
    setAttribute(row.element, "aria-selected", String(chosen));
    row.cells.box.checked = root.ticked.has(id);
  }
}

// The Tab key stops once in the whole list, however long it is; the arrow keys go on from there.
function rove(root) {
  const stop = root.stop?.isConnected && !root.stop.hidden ? root.stop : root.body.querySelector(".position:not([hidden])");
  for (const row of root.body.children) {
    const index = row === stop ? 0 : -1;
    if (row.tabIndex !== index) row.tabIndex = index;
  }
}

function onKey(root, id, element, event) {
  if (event.key === "Enter" || event.key === " ") {
    if (event.target !== element) return;
    event.preventDefault();
    element.onclick();
  } else if (event.key === "Escape" && root.selected !== null) {
    root.choose(null);
  } else {
    const next = rowAfter(root, element, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}

function rowAfter(root, element, key) {
  const shown = [...root.body.children].filter((row) => !row.hidden);
  const at = shown.indexOf(element);
  return { ArrowDown: shown[at + 1], ArrowUp: shown[at - 1], Home: shown[0], End: shown.at(-1) }[key];
}
