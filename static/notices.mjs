// Notifications of the browser itself, for as long as a tab is open: whether this browser shows them is its own choice.
const KEPT = "notices";

// What this browser does with them: on, off, blocked (by the person, in the browser), impossible.
export function noticesState() {
  if (!("Notification" in window) || !window.isSecureContext) return "impossible";
  if (Notification.permission === "denied") return "blocked";
  return Notification.permission === "granted" && isWanted() ? "on" : "off";
}

export function keepNotices(wanted) {
  try {
    localStorage.setItem(KEPT, wanted ? "on" : "off");
  } catch {
    // A browser without a memory shows none.
  }
}

// Shows one; of several tabs with the same words only the last stays, because they share a tag.
export function showNotice(words) {
  if (noticesState() !== "on") return false;
  try {
    new Notification("Binance Futures Trading Bot (Testnet)", { body: words, tag: words, icon: "app/static/icon-192.png" });
    return true;
  } catch {
    return false; // a browser on a phone shows none of a page
  }
}

function isWanted() {
  try {
    return localStorage.getItem(KEPT) === "on";
  } catch {
    return false;
  }
}
