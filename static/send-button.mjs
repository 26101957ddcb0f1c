// The button that sends a form of number fields. It takes what stands in them along, so that typing and pressing at
// once cannot send what was never judged, and waits while a field is ahead of the verdict.
import { part, setText } from "./drawing.mjs";
import { listen, textsOf } from "./typed-texts.mjs";

export default function draw({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".live");
  if (!root.firstChild) build(root, data.form);
  root.data = data;
  root.press = () => {
    if (root.button.disabled) return;
    root.pressed = data.shown; // once for each verdict; the next one shows whether it was taken
    setTriggerValue("pressed", { texts: textsOf(data.form), shown: data.shown });
    judge(root);
  };
  judge(root);
}

export function removed(parentElement) {
  parentElement.querySelector(".live")?.deaf?.();
}

function build(root, form) {
  root.classList.add("send-button");
  root.button = part(root, "button");
  root.button.type = "button";
  root.why = part(root, "div", "why");
  root.why.setAttribute("role", "status");
  root.button.onclick = () => root.press();
  root.deaf = listen(form, () => judge(root));
}

function judge(root) {
  const { data } = root;
  const texts = textsOf(data.form);
  const ahead = Object.entries(texts).some(([field, text]) => field in data.texts && data.texts[field] !== text);
  const pressed = root.pressed === data.shown;
  root.button.disabled = data.disabled || ahead || pressed;
  setText(root.button, data.label);
  setText(root.why, ahead ? "Checking what you typed …" : data.why);
}
