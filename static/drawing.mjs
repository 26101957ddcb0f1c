// Small strokes shared by the live modules: make an element once, then change only what differs.

// Between thousands: it never ends a line.
export const NARROW_SPACE = "\u202f";
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

// A table of facts in a <dl>: built once for as many facts, then only what differs is changed.
export function patchFacts(list, facts) {
  if (list.children.length !== facts.length) {
    list.replaceChildren();
    for (const fact of facts) {
      const line = part(list, "div");
      part(line, "dt", "", fact.label);
      const words = part(line, "dd");
      part(words, "span");
      part(words, "span");
    }
  }
  facts.forEach((fact, index) => {
    const [label, words] = list.children[index].children;
    setText(label, fact.label);
    if (fact.meaning) setAttribute(label, "title", fact.meaning);
    setText(words.children[0], fact.lead ? `${fact.lead} ` : "");
    setTone(words.children[0], fact.tone);
    setText(words.children[1], fact.text);
  });
}
