// The quiet line in the header; built once, then only its texts and classes change.
import { part, setText, setTone } from "./drawing.mjs";

export default function draw({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".live");
  if (!root.firstChild) build(root);
  const line = root.line;
  line.venue.onclick = () => setTriggerValue("venue", true);
  setText(line.venue, data.venue);
  line.venue.classList.toggle("practice", data.practice);
  setTone(line.dot, data.tone);
  setText(line.word, data.word);
  setText(line.prices, data.prices);
  line.prices.classList.toggle("stale", data.pricesStale);
  setText(line.checked, data.checked);
  line.checked.classList.toggle("stale", data.checkedStale);
  if (root.title !== data.detail) root.title = data.detail;
}

function build(root) {
  root.classList.add("status");
  root.setAttribute("role", "status");
  root.setAttribute("aria-live", "off");
  root.line = {
    venue: part(root, "button", "venue"),
    dot: part(root, "span", "dot"),
    word: part(root, "span", "word"),
    prices: part(root, "span", "age"),
    checked: part(root, "span", "age checked"),
  };
  root.line.venue.type = "button";
  root.line.dot.setAttribute("aria-hidden", "true");
}
