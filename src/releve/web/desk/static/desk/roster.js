/* Moves and resizes shifts by dragging. The page stays whole without this file: every shift has its form.
   A refusal puts the card back and says why. The library is fetched only when somebody asks to drag. */
(() => {
  "use strict";
  const here = document.currentScript;
  const start = () => {
    const button = document.querySelector("[data-roster-drag]");
    const box = document.getElementById("roster-drag");
    const grid = document.getElementById("roster-grid");
    const data = document.getElementById("roster-events");
    if (!button || !box || !grid || !data) return;
    const KEY = "releve-roster-drag";
    let calendar = null;

    const load = () => new Promise((resolve, reject) => {
      if (window.EventCalendar) { resolve(); return; }
      const sheet = document.createElement("link");
      sheet.rel = "stylesheet";
      sheet.href = here.dataset.styles;
      document.head.append(sheet);
      const script = document.createElement("script");
      script.src = here.dataset.library;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });

    const two = (n) => String(n).padStart(2, "0");
    const dayOf = (d) => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
    const hourOf = (d) => `${two(d.getHours())}:${two(d.getMinutes())}`;

    const sayRefusal = (message, reasons) => {
      box.querySelector(".rl-drag-refused")?.remove();
      const notice = document.createElement("div");
      notice.className = "rl-notice rl-tone-brick rl-drag-refused";
      notice.setAttribute("role", "alert");
      const words = document.createElement("div");
      const title = document.createElement("p");
      title.className = "rl-notice-title";
      title.textContent = "La vacation est revenue à sa place.";
      words.append(title);
      const list = document.createElement("ul");
      (reasons?.length ? reasons.map((r) => r.message) : [message]).forEach((text) => {
        const line = document.createElement("li");
        line.textContent = text;
        list.append(line);
      });
      words.append(list);
      notice.append(words);
      box.prepend(notice);
    };

    const send = async (info) => {
      const { event, revert } = info;
      const csrf = document.querySelector("[name=csrfmiddlewaretoken]")?.value || document.body.dataset.csrf || "";
      box.querySelector(".rl-drag-refused")?.remove();
      if (dayOf(event.start) !== dayOf(event.end)) { revert(); sayRefusal("Une vacation commence et finit le même jour.", []); return; }
      let answer;
      try {
        answer = await fetch(event.extendedProps.url, {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
          body: JSON.stringify({
            day: dayOf(event.start), starts: hourOf(event.start), ends: hourOf(event.end),
            expected_version: event.extendedProps.version,
          }),
        });
      } catch {
        revert();
        sayRefusal("La connexion est coupée\u00a0: rien n’a été enregistré.", []);
        return;
      }
      let body = {};
      try { body = await answer.json(); } catch { /* a page of error, or the sign-in page: nothing to read */ }
      if (!answer.ok || !body.version) {
        revert();
        sayRefusal(body.message || "Le serveur a refusé\u00a0: rien n’a été enregistré. Rechargez la page.", body.reasons);
        return;
      }
      calendar.updateEvent({ ...event, extendedProps: { ...event.extendedProps, version: body.version } });
      box.dataset.changed = "yes";
      window.releve?.showToast(body.message, "success");
    };

    const open = async () => {
      try { await load(); } catch {
        window.releve?.showToast("Le déplacement à la souris n’a pas pu se charger. Le formulaire de chaque vacation reste disponible.", "error");
        return;
      }
      grid.hidden = true;
      box.hidden = false;
      button.setAttribute("aria-pressed", "true");
      if (calendar) return;
      const events = JSON.parse(data.textContent);
      const month = box.dataset.view === "mois";
      calendar = window.EventCalendar.create(box, {
        view: month ? "dayGridMonth" : "timeGridWeek",
        date: box.dataset.date,
        locale: "fr",
        firstDay: 1,
        headerToolbar: { start: "", center: "", end: "" },
        allDaySlot: false,
        slotMinTime: `${two(Math.min(7, ...events.map((e) => Number(e.start.slice(11, 13)))))}:00:00`,
        slotMaxTime: `${two(Math.max(21, ...events.map((e) => Number(e.end.slice(11, 13)) + 1)))}:00:00`,
        slotDuration: "00:30:00",
        snapDuration: "00:15:00",
        slotLabelFormat: (time) => `${time.getHours()}\u00a0h`,
        eventTimeFormat: (first, last) => `${hourOf(first)} – ${hourOf(last)}`.replaceAll(":", "\u00a0h\u00a0"),
        displayEventEnd: true,
        editable: true,
        eventStartEditable: true,
        eventDurationEditable: !month,
        events: events.map((e) => ({
          id: e.id, start: e.start, end: e.end, title: `${e.title} (${e.label})`, editable: e.movable,
          startEditable: e.movable, durationEditable: e.movable && !month,
          classNames: [`rl-drag-${e.status}`, ...(e.movable ? [] : ["rl-drag-fixed"])],
          extendedProps: { version: e.version, url: e.url },
        })),
        eventClick: (info) => { window.location.assign(info.event.extendedProps.url); },
        eventDrop: send,
        eventResize: send,
      });
      /* The library says "table" without its rows and cells: half a promise is worse than none to a screen reader,
         which has the list of the page and its forms. */
      const plain = () => box.querySelectorAll("[aria-colindex], [role=table], [role=row], [role=rowgroup], [role=cell], [role=columnheader], [role=rowheader]")
        .forEach((item) => ["role", "aria-colindex", "aria-rowindex", "aria-colcount", "aria-rowcount"].forEach((name) => item.removeAttribute(name)));
      new MutationObserver(plain).observe(box, { childList: true, subtree: true });
      plain();
      /* For the browser journeys and for who debugs: what the calendar holds now. */
      box.releveCalendar = calendar;
    };
    const close = () => {
      /* The grid of the server is the reference: read it again when something moved. */
      if (box.dataset.changed === "yes") { window.location.reload(); return; }
      box.hidden = true;
      grid.hidden = false;
      button.setAttribute("aria-pressed", "false");
    };
    button.addEventListener("click", () => {
      const pressed = button.getAttribute("aria-pressed") === "true";
      try { localStorage.setItem(KEY, pressed ? "" : "yes"); } catch { /* private window */ }
      if (pressed) close(); else open();
    });
    let remembered = "";
    try { remembered = localStorage.getItem(KEY) || ""; } catch { /* private window */ }
    if (remembered && matchMedia("(min-width: 62rem)").matches) open();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
