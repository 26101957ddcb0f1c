// Keeps what stands in a form in this tab's own memory, at each key: a reload begins a new session on the server, which
// asks for it first. Nothing is drawn.
import { listen, textsOf } from "./typed-texts.mjs";

export default function draw({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".live");
  root.data = data;
  if (!data.wanted) {
    root.deaf ??= listen(data.form, () => keep(root));
    keep(root);
  } else if (!root.asked) {
    root.asked = true;
    setTriggerValue("kept", read(data.form));
  }
}

export function removed(parentElement) {
  parentElement.querySelector(".live")?.deaf?.();
}

function nameOf(form) {
  return `draft:${form}`;
}

// Of a field that is not drawn any more only the server knows what stands in it.
function keep({ data }) {
  const texts = { ...data.texts, ...textsOf(data.form) };
  try {
    sessionStorage.setItem(nameOf(data.form), JSON.stringify({ fields: data.fields, texts }));
  } catch {
    // A browser without such a memory forgets the draft; the form works all the same.
  }
}

function read(form) {
  try {
    return sessionStorage.getItem(nameOf(form)) ?? "nothing";
  } catch {
    return "nothing";
  }
}
