// Lines of a price chart that are moved by hand: with mouse or finger, or with the arrow keys on a slider for each line.
// While a line moves, its label says what it would bring; letting go asks once, by way of onDropped.
import { NARROW_SPACE, part, setAttribute } from "./drawing.mjs";

const STAYS_FOR = 4_000; // milliseconds that a line waits where it was let go for the server to say where it belongs
const NAMES = { stop: "Stop loss", target: "Take profit" }; // of the others, the word of their label
const KEY_STEP = 1 / 400; // of what the chart shows

// Draws a handle for each line that has money; host has chart, series and lines, a map of name to { line, values }.
export function setHandles(host, onDropped) {
  if (!host.handles) begin(host);
  host.onDropped = onDropped;
  for (const [name, entry] of host.lines) {
    if (entry.values.money && !host.handles.has(name)) host.handles.set(name, build(host, name));
  }
  for (const [name, handle] of host.handles) {
    if (host.lines.get(name)?.values.money) continue;
    handle.element.remove();
    host.handles.delete(name);
  }
  place(host);
}

// Whether a line is where a hand has put it, so that the server's price must wait.
export function isHeld(host, name) {
  const handle = host.handles?.get(name);
  return Boolean(handle && (handle.price !== null || Date.now() < handle.staysUntil));
}

function begin(host) {
  host.handles = new Map();
  // The library tells its primitives whenever the scale may have changed.
  host.series.attachPrimitive({ updateAllViews: () => place(host), paneViews: () => [] });
}

function build(host, name) {
  const element = part(host, "div", `handle ${name}`);
  part(element, "span", "grip", "⇕").setAttribute("aria-hidden", "true");
  element.tabIndex = 0;
  element.setAttribute("role", "slider");
  element.setAttribute("aria-orientation", "vertical");
  const handle = { element, price: null, staysUntil: 0 };
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    element.focus({ preventScroll: true });
    handle.grabbed = event.clientY - yOf(host, name) - host.getBoundingClientRect().top;
    handle.price = priceOf(host, name);
  });
  element.addEventListener("pointermove", (event) => {
    if (handle.price === null || !element.hasPointerCapture(event.pointerId)) return;
    const y = event.clientY - host.getBoundingClientRect().top - handle.grabbed;
    move(host, name, host.series.coordinateToPrice(y));
  });
  element.addEventListener("pointerup", () => drop(host, name));
  element.addEventListener("pointercancel", () => leave(host, name));
  element.addEventListener("blur", () => leave(host, name));
  element.addEventListener("keydown", (event) => onKey(host, name, event));
  return handle;
}

function onKey(host, name, event) {
  const steps = { ArrowUp: 1, ArrowRight: 1, PageUp: 10, ArrowDown: -1, ArrowLeft: -1, PageDown: -10 }[event.key];
  if (steps) move(host, name, (host.handles.get(name).price ?? priceOf(host, name)) + steps * keyStep(host, name));
  else if (event.key === "Enter" || event.key === " ") drop(host, name);
  else if (event.key === "Escape" && host.handles.get(name).price !== null) leave(host, name);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function keyStep(host, name) {
  const { tick } = host.lines.get(name).values.money;
  const height = host.clientHeight;
  const range = Math.abs((host.series.coordinateToPrice(0) ?? 0) - (host.series.coordinateToPrice(height) ?? 0));
  return Math.max(tick, Math.round((range * KEY_STEP) / tick) * tick);
}

function move(host, name, price) {
  if (price === null || !(price > 0)) return;
  const { line, values } = host.lines.get(name);
  const handle = host.handles.get(name);
  handle.price = Math.max(values.money.tick, Math.round(price / values.money.tick) * values.money.tick);
  line.applyOptions({ price: handle.price, title: label(values, handle.price) });
  place(host);
}

function drop(host, name) {
  const handle = host.handles.get(name);
  if (handle.price === null) return;
  const { price } = handle;
  handle.price = null;
  const moved = Math.abs(price - priceOf(host, name)) >= host.lines.get(name).values.money.tick / 2;
  if (!moved) return;
  handle.staysUntil = Date.now() + STAYS_FOR;
  handle.stays = price;
  host.onDropped({ line: name, price: price.toFixed(host.decimals) });
}

function leave(host, name) {
  const handle = host.handles.get(name);
  if (!handle || handle.price === null) return;
  handle.price = null;
  const { line, values } = host.lines.get(name);
  line.applyOptions({ price: values.price, title: values.title });
  place(host);
}

function priceOf(host, name) {
  return host.lines.get(name).values.price;
}

function yOf(host, name) {
  const handle = host.handles.get(name);
  const stays = Date.now() < handle.staysUntil ? handle.stays : priceOf(host, name);
  return host.series.priceToCoordinate(handle.price ?? stays);
}

function place(host) {
  for (const [name, { element, price }] of host.handles) {
    const entry = host.lines.get(name);
    const y = entry && yOf(host, name);
    element.hidden = y === null || y === undefined || y < 0 || y > host.clientHeight;
    if (element.hidden) continue;
    element.style.transform = `translateY(${Math.round(y)}px)`;
    element.style.right = `${host.chart.priceScale("right").width()}px`;
    const shown = price ?? entry.values.price;
    setAttribute(element, "aria-label", NAMES[name] ?? entry.values.money.word);
    setAttribute(element, "aria-valuenow", String(shown));
    setAttribute(element, "aria-valuetext", `${shown.toFixed(host.decimals)}, ${label(entry.values, shown)}. Enter keeps it`);
  }
}

// What the line would bring in the end, after all fees and funding; the server reckons it exactly.
function label({ money, title, price: placed }, price) {
  if (price === placed) return title;
  const { word, sign, quantity, entry, paid, taker } = money;
  const net = sign * (price - entry) * quantity - paid - taker * price * quantity;
  const [whole, cents] = Math.abs(net).toFixed(2).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, NARROW_SPACE);
  return `${word} ${net < 0 ? "\u2212" : "+"}${grouped}.${cents}`;
}
