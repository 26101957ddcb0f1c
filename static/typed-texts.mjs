// What stands in the number fields of a form at this moment, whether or not the server has heard of it. Each field says
// so when it is typed in; the button that sends the form takes all of it along, and waits while a field is ahead.
const forms = new Map(); // form -> { texts: Map(field -> text), listeners: Set }

function formOf(name) {
  if (!forms.has(name)) forms.set(name, { texts: new Map(), listeners: new Set() });
  return forms.get(name);
}

export function setText(form, field, text) {
  const { texts, listeners } = formOf(form);
  if (texts.get(field) === text) return;
  if (text === undefined) texts.delete(field);
  else texts.set(field, text);
  listeners.forEach((listener) => listener());
}

export function textsOf(form) {
  return Object.fromEntries(formOf(form).texts);
}

export function listen(form, listener) {
  const { listeners } = formOf(form);
  listeners.add(listener);
  return () => listeners.delete(listener);
}
