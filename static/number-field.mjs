// A field for a number: says under itself how it was read, and tells the server a moment after the last key. The text
// is the person's: only a newer one from the server ("Use 20", another unit) takes its place, never an older answer.
import { part, setAttribute, setText } from "./drawing.mjs";
import { setText as setTyped } from "./typed-texts.mjs";

const QUIET_FOR = 200; // milliseconds without a key before the server is told
let count = 0;

export default function draw({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".live");
  if (!root.firstChild) build(root);
  const field = root.field;
  field.data = data;
  field.tell = (typed) => setTriggerValue("typed", typed);
  setText(field.label, data.label);
  field.help.hidden = !data.help;
  setText(field.help, data.help ?? "");
  if (field.revision !== data.revision) {
    field.revision = data.revision;
    clearTimeout(field.waiting);
    field.sent = data.text;
    field.input.value = data.text;
  }
  field.input.disabled = data.disabled;
  setAttribute(field.input, "placeholder", data.placeholder ?? "");
  note(field);
  showReading(field);
}

export function removed(parentElement) {
  const field = parentElement.querySelector(".live")?.field;
  if (!field) return;
  clearTimeout(field.waiting);
  if (field.data) setTyped(field.data.form, field.data.field, undefined);
}

function build(root) {
  root.classList.add("number-field");
  const id = `number-${(count += 1)}`;
  const label = part(root, "label");
  label.htmlFor = id;
  const input = part(root, "input");
  Object.assign(input, { id, type: "text", inputMode: "decimal", autocomplete: "off", spellcheck: false, enterKeyHint: "done" });
  const read = part(root, "div", "read");
  read.id = `${id}-read`;
  const choices = part(root, "div", "choices");
  const help = part(root, "div", "help");
  help.id = `${id}-help`;
  input.setAttribute("aria-describedby", `${read.id} ${help.id}`);
  const field = { label, input, read, choices, help, revision: undefined, sent: "", waiting: 0 };
  root.field = field;
  input.addEventListener("input", () => {
    note(field);
    showReading(field);
    clearTimeout(field.waiting);
    field.waiting = setTimeout(() => tell(field), QUIET_FOR);
  });
  input.addEventListener("change", () => tell(field));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") tell(field);
  });
}

function note(field) {
  setTyped(field.data.form, field.data.field, field.input.value);
}

function tell(field) {
  clearTimeout(field.waiting);
  if (field.input.value === field.sent) return;
  field.sent = field.input.value;
  field.tell({ text: field.sent, revision: field.revision });
}

// What the server said is of the text it had; while another one stands in the field, nothing is known of it yet.
function showReading(field) {
  const current = field.input.value === field.data.text;
  const wrong = current && field.data.state !== "read";
  setText(field.read, current ? field.data.words : "…");
  field.read.classList.toggle("wrong", wrong);
  setAttribute(field.read, "role", wrong ? "alert" : "status");
  setAttribute(field.input, "aria-invalid", String(wrong || (current && field.data.refused)));
  const choices = current ? field.data.choices : [];
  if (field.choices.textContent === choices.join("") && field.choices.children.length === choices.length) return;
  field.choices.replaceChildren();
  for (const choice of choices) {
    const button = part(field.choices, "button", "", choice);
    button.type = "button";
    button.onclick = () => {
      field.input.value = choice;
      note(field);
      showReading(field);
      tell(field);
      field.input.focus();
    };
  }
}
