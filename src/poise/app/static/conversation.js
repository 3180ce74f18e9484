// Keys for reading a conversation. The page works without them.
(() => {
  "use strict";
  const dialog = document.getElementById("keys");
  const open = document.getElementById("keys-open");
  const on = document.getElementById("keys-on");
  if (!dialog || !open || !on) return;
  const kept = "poise-keys";
  try { on.checked = localStorage.getItem(kept) !== "off"; } catch { /* storage is refused: the keys are on */ }
  on.addEventListener("change", () => {
    try { localStorage.setItem(kept, on.checked ? "on" : "off"); } catch { /* holds for this page only */ }
  });
  open.hidden = false;
  open.addEventListener("click", () => dialog.showModal());
  const turns = [...document.querySelectorAll("[data-found]")];
  let at = -1;
  const here = () => {
    const focused = document.activeElement && document.activeElement.closest("[data-found]");
    return focused ? turns.indexOf(focused) : at;
  };
  const go = (to) => {
    if (!turns.length) return;
    at = Math.max(0, Math.min(turns.length - 1, to));
    turns[at].focus();
    turns[at].scrollIntoView({ block: "center" });
  };
  // an address with a finding in it opens that finding
  const show = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let one = target; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
    target.scrollIntoView({ block: "center" });
  };
  window.addEventListener("hashchange", show);
  show();
  document.addEventListener("keydown", (event) => {
    if (!on.checked && event.key !== "?") return;
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    const now = here();
    if (event.key === "j") go(now + 1);
    else if (event.key === "k") go(now < 0 ? 0 : now - 1);
    else if (event.key === "?") dialog.showModal();
    else if (event.key === "o" && now >= 0) {
      const all = [...turns[now].querySelectorAll("details")];
      const any = all.some((one) => !one.open);
      for (const one of all) one.open = any;
    } else if (event.key === "c" && now >= 0) {
      const link = turns[now].querySelector("a.contest");
      if (!link) return;
      location.href = link.href;
    } else return;
    event.preventDefault();
  });
})();
