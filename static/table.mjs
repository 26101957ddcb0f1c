// A table of words and figures: headings sort by asking the page, lines open by asking it. On a phone the stylesheet
// makes cards of the lines, and a list takes the place of the headings.
import { part, setAttribute, setText } from "./drawing.mjs";

export default function draw({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".live");
  root.sort = (key) => setTriggerValue("sorted", { key });
  root.choose = (id) => setTriggerValue("chosen", { id });
  const shape = data.columns.map((column) => column.key).join("|");
  if (root.shape !== shape) build(root, data, shape);
  markOrder(root, data.order);
  root.body.replaceChildren(...data.lines.map((line) => drawLine(root, data, line)));
}

function build(root, data, shape) {
  root.shape = shape;
  root.className = "live table-frame";
  root.replaceChildren();
  buildSorts(root, data);
  const table = part(root, "table", "table");
  part(table, "caption", "", data.label);
  const head = part(part(table, "thead"), "tr");
  root.heads = data.columns.map((column) => {
    const cell = part(head, "th", kind(column));
    cell.scope = "col";
    if (column.help) cell.title = column.help;
    if (!column.sorts) setText(cell, column.title);
    else {
      const button = part(cell, "button", "sort", column.title);
      button.type = "button";
      button.onclick = () => root.sort(column.key);
    }
    return { cell, column };
  });
  root.body = part(table, "tbody");
}

function buildSorts(root, data) {
  const label = part(root, "label", "sorts", "Sorted by ");
  root.sorts = part(label, "select");
  for (const column of data.columns.filter((column) => column.sorts)) {
    part(root.sorts, "option", "", column.title).value = column.key;
  }
  root.sorts.onchange = () => root.sort(root.sorts.value);
  root.turn = part(label, "button", "turn");
  root.turn.type = "button";
  root.turn.onclick = () => root.sort(root.sorts.value);
}

function markOrder(root, order) {
  const words = order.descending ? "descending" : "ascending";
  for (const { cell, column } of root.heads) {
    if (column.sorts) setAttribute(cell, "aria-sort", column.key === order.key ? words : "none");
  }
  root.sorts.value = order.key;
  setText(root.turn, order.descending ? "↓" : "↑");
  setAttribute(root.turn, "aria-label", `Turn the order: ${words} now`);
}

function drawLine(root, data, line) {
  const row = document.createElement("tr");
  if (data.opens) {
    row.className = "opens";
    row.onclick = () => root.choose(line.id);
  }
  line.cells.forEach(([text, note, tone], place) => {
    const column = data.columns[place];
    const cell = part(row, "td", kind(column));
    cell.dataset.title = column.title;
    if (data.opens && place === 0) {
      const button = part(cell, "button", "first open-line", text);
      button.type = "button";
      button.title = "Show its statement";
    } else part(cell, "span", `first ${tone}`, text);
    if (note) part(cell, "span", "second", note);
  });
  return row;
}

function kind(column) {
  return column.number ? `${column.key} number` : column.key;
}
