// Small strokes shared by the live modules: make an element once, then change only what differs.

const TONES = ["up", "down", "warning", "quiet", "plain"];

export function part(parent, tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  parent.appendChild(element);
  return element;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setTone(element, tone) {
  if (element.dataset.tone === tone) return;
  element.classList.remove(...TONES);
  element.classList.add(tone);
  element.dataset.tone = tone;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
