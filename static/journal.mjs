// The journal by day: new lines come in on top, lines on show are left alone, so opened details stay open.
import { part, setText } from "./drawing.mjs";

export default function draw({ parentElement, data }) {
  const root = parentElement.querySelector(".live");
  root.classList.add("journal");
  root.lines ??= new Map();
  const shown = new Map();
  let next = root.firstChild;
  for (const line of data.days.flatMap((day) => [day, ...day.entries])) {
    const name = line.entries ? `day ${line.title}` : `entry ${line.id}`;
    const element = root.lines.get(name) ?? (line.entries ? heading(line) : entry(line));
    shown.set(name, element);
    if (element === next) next = next.nextSibling;
    else root.insertBefore(element, next);
  }
  for (const [name, element] of root.lines) if (!shown.has(name)) element.remove();
  root.lines = shown;
}

function heading(day) {
  const element = document.createElement("h3");
  setText(element, day.title);
  return element;
}

function entry(line) {
  const element = document.createElement("div");
  element.className = "entry";
  part(element, "time", "", line.time).dateTime = line.at;
  const icon = part(element, "span", `icon ${line.tone}`, line.icon);
  icon.setAttribute("role", "img");
  icon.setAttribute("aria-label", line.word);
  const body = part(element, "div", "", line.text);
  part(body, "span", "where", line.position);
  if (line.details.length) addDetails(element, line.details);
  return element;
}

function addDetails(element, rows) {
  const more = part(element, "button", "more");
  part(more, "span", "", "Details");
  more.type = "button";
  more.setAttribute("aria-expanded", "false");
  const list = part(element, "dl");
  list.hidden = true;
  more.onclick = () => {
    list.hidden = !list.hidden;
    more.setAttribute("aria-expanded", String(!list.hidden));
  };
  for (const [name, value] of rows) {
    part(list, "dt", "", name);
    part(list, "dd", "", value);
  }
}
