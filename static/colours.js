// Part of the page itself, before anything of Streamlit, which reads its colours from the browser's memory once and for
// each address anew: those chosen on Settings are put there first.
(() => {
  try {
    const chosen = { light: "Light", dark: "Dark", system: "System" }[localStorage.getItem("colours")];
    document.documentElement.dataset.colours = chosen?.toLowerCase() ?? "system"; // for static/skeleton.html
    if (chosen) localStorage.setItem(`stActiveTheme-${location.pathname}-v2`, JSON.stringify(chosen));
  } catch {
    // A browser without a memory shows the colours of its machine.
  }
})();
