// Open positions: rows on a desk, cards on a phone. A row is made once for a position id and patched each second;
// its place, the scroll, the sort and the focus are the viewer's and survive every update.
import { part, setAttribute, setText, setTone } from "./drawing.mjs";

const COLUMNS = [
  { name: "pair", title: "Pair", key: "base" },
  { name: "result", title: "Result, USDT", key: "result", number: true },
  { name: "bar", title: "From stop to target", key: "progress" },
  { name: "price", title: "Price", number: true },
  { name: "size", title: "Size", key: "size", number: true },
  { name: "liquidation", title: "Liquidation", key: "liquidation", number: true },
  { name: "open", title: "Open for", key: "seconds", number: true },
  { name: "protection", title: "Protection", key: "protection" },
];

export default function draw({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".live");
  if (!root.rows) build(root);
  root.choose = (id) => {
    root.selected = root.selected === id ? null : id;
    markSelection(root);
    setTriggerValue("chosen", { id: root.selected });
  };
  root.selected = data.selected;
  patchRows(root, data.rows);
  order(root);
  markSelection(root);
}

function build(root) {
  root.className = "live positions";
  root.rows = new Map();
  root.sort = { key: null, down: true };
  root.grid = part(root, "div", "grid");
  root.grid.setAttribute("role", "grid");
  root.grid.setAttribute("aria-label", "Open positions");
  const head = part(root.grid, "div", "row head");
  head.setAttribute("role", "row");
  root.heads = COLUMNS.map((column) => buildHead(root, head, column));
  root.body = part(root.grid, "div", "body");
  root.body.setAttribute("role", "rowgroup");
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
    order(root);
  };
  return { cell, column };
}

// First press: largest first. Second: smallest first. Third: as opened.
function nextSort(sort, key) {
  if (sort.key !== key) return { key, down: true };
  return sort.down ? { key, down: false } : { key: null, down: true };
}

function patchRows(root, values) {
  const seen = new Set();
  values.forEach((value, index) => {
    seen.add(value.id);
    let row = root.rows.get(value.id);
    if (!row) {
      row = buildRow(root, value.id);
      root.rows.set(value.id, row);
      root.body.appendChild(row.element);
    }
    row.index = index;
    row.keys = value.keys;
    patchRow(row, value);
  });
  for (const [id, row] of root.rows) {
    if (seen.has(id)) continue;
    row.element.remove();
    root.rows.delete(id);
  }
}

function buildRow(root, id) {
  const element = document.createElement("div");
  element.className = "row position";
  element.setAttribute("role", "row");
  element.tabIndex = 0;
  element.dataset.position = id;
  element.onclick = () => root.choose(id);
  element.onkeydown = (event) => onKey(root, id, element, event);
  const cells = {};
  for (const column of COLUMNS) {
    const cell = part(element, "div", `cell ${column.name}${column.number ? " number" : ""}`);
    cell.setAttribute("role", "gridcell");
    cells[column.name] = column.name === "bar" ? buildBar(cell) : buildLines(cell, column.name);
  }
  return { element, cells };
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
  return lines;
}

function buildBar(cell) {
  const bar = { stop: part(cell, "span", "end stop") };
  bar.track = part(cell, "span", "track");
  bar.fill = part(bar.track, "span", "fill");
  bar.entry = part(bar.track, "span", "entry");
  bar.dot = part(bar.track, "span", "dot");
  bar.target = part(cell, "span", "end target");
  return bar;
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
  for (const name of ["result", "price", "size", "liquidation", "open", "protection"]) {
    setText(cells[name].first, value[name][0]);
    setText(cells[name].second, value[name][1]);
  }
  setTone(cells.result.first, value.tone);
  setTone(cells.protection.first, value.protectionTone);
  patchBar(cells.bar, value);
}

function patchBar(bar, value) {
  setText(bar.stop, value.stop);
  setText(bar.target, value.target);
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
  for (const { cell, column } of root.heads) {
    if (!column.key) continue;
    setAttribute(cell, "aria-sort", column.key !== key ? "none" : down ? "descending" : "ascending");
  }
  const wanted = [...root.rows.values()].sort((one, other) => compare(one, other, key, down));
  wanted.forEach((row, index) => {
    if (root.body.children[index] !== row.element) root.body.insertBefore(row.element, root.body.children[index]);
  });
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
  for (const [id, row] of root.rows) setAttribute(row.element, "aria-selected", String(id === root.selected));
}

function onKey(root, id, element, event) {
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    root.choose(id);
  } else if (event.key === "Escape" && root.selected !== null) {
    root.choose(root.selected);
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = event.key === "ArrowDown" ? element.nextElementSibling : element.previousElementSibling;
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}
