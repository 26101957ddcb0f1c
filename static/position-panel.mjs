// The side panel of one position: result now, chart, five facts. Built once, then patched.
import { chartBox } from "./chart-frame.mjs";
import { part, patchFacts, setAttribute, setText, setTone } from "./drawing.mjs";
import { drawChart, removeChart } from "./price-chart.mjs";

export default function draw({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".live");
  if (!root.panel) build(root, data);
  const { panel } = root;
  panel.close.onclick = () => setTriggerValue("closed", true);
  panel.buttons.forEach((button) => {
    button.onclick = () => {
      markInterval(panel, button.textContent);
      setTriggerValue("interval", button.textContent);
    };
  });
  setText(panel.pair, data.pair);
  setText(panel.side, data.side);
  setText(panel.value, data.result);
  setTone(panel.value, data.tone);
  setText(panel.words, data.words);
  panel.figure.classList.toggle("stale", data.stale);
  setText(panel.note, data.note);
  panel.note.hidden = !data.note;
  markInterval(panel, data.interval);
  setText(panel.chartNote, data.chart.note);
  panel.chartNote.hidden = !data.chart.note;
  const dropped = (line) => setTriggerValue("dropped", { ...line, id: data.id });
  drawChart(panel.host, data.chart, () => setTriggerValue("missing", true), dropped);
  patchFacts(panel.facts, data.facts);
  patchFacts(panel.numbers, data.numbers);
}

export function removed(parentElement) {
  removeChart(parentElement.querySelector(".chart-host"));
}

function build(root, data) {
  root.className = "live panel";
  const head = part(root, "div", "panel-head");
  const close = part(head, "button", "panel-close");
  close.type = "button";
  close.setAttribute("aria-label", "Back to all positions");
  const panel = { close, pair: part(head, "b"), side: part(head, "span", "quiet") };
  panel.note = part(root, "p", "panel-note");
  const top = part(root, "div", "panel-top");
  panel.figure = part(top, "div", "figure");
  part(panel.figure, "div", "label", "Result now, after fees");
  const line = part(panel.figure, "div", "number");
  panel.value = part(line, "span", "value");
  part(line, "span", "unit", " USDT");
  panel.words = part(panel.figure, "div", "note");
  const choices = part(top, "div", "intervals");
  choices.setAttribute("role", "group");
  choices.setAttribute("aria-label", "Length of a candle");
  panel.buttons = data.intervals.map((interval) => {
    const button = part(choices, "button", "", interval);
    button.type = "button";
    return button;
  });
  panel.chartNote = part(root, "p", "panel-note");
  panel.host = chartBox(root);
  panel.facts = part(root, "dl", "facts");
  const more = part(root, "details", "more-numbers");
  part(more, "summary", "", "All numbers");
  panel.numbers = part(more, "dl", "numbers");
  root.panel = panel;
}

function markInterval(panel, interval) {
  for (const button of panel.buttons) setAttribute(button, "aria-pressed", String(button.textContent === interval));
}
