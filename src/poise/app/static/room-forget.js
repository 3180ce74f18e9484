// On every page: what the interview room kept for somebody else, or before signing out, is deleted from this device.
// Notes that were not sent yet are not touched: they wait for whoever wrote them.
(() => {
  "use strict";
  const mine = `poise-room-${document.currentScript.dataset.user}`;
  if (!("caches" in window)) return;
  caches.keys().then((names) => {
    for (const name of names) if (name.startsWith("poise-room-") && name !== mine) caches.delete(name);
  }).catch(() => {});
})();
