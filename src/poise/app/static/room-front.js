// On the list of interviews: notes that wait on this device are sent from here too, and said.
(() => {
  "use strict";
  const where = document.getElementById("waiting");
  if (!where || !window.poiseRoom || !("indexedDB" in window)) return;
  const user = Number(where.dataset.user);
  const { Journal, allMine } = window.poiseRoom;
  const draw = async () => {
    const rows = (await allMine(user)).filter((row) => !row.sent);
    const seats = [...new Set(rows.map((row) => row.seat))];
    where.hidden = !seats.length;
    where.querySelector("ul").replaceChildren(...seats.map((seat) => {
      const line = document.createElement("li");
      const link = document.createElement("a");
      const named = document.querySelector(`[data-seat="${seat}"] .top`);
      link.href = `${location.pathname}${seat}/`;
      link.textContent = named ? named.textContent : String(seat);
      line.append(link, `: ${rows.filter((row) => row.seat === seat).length}`);
      return line;
    }));
    return seats;
  };
  const begin = async () => {
    for (const seat of await draw()) {
      const journal = new Journal({ user, seat, url: `${location.pathname}${seat}/entries/`, token: "", entries: [] }, () => draw());
      await journal.start();
    }
  };
  begin().catch(() => { /* this browser keeps nothing */ });
})();
