/* The desk's day. Everything here is comfort: each action is also a link or a form.
   - the board refreshes by itself, never while somebody types, drags or has a menu open; what a step brings back
     meanwhile is drawn when the button is let go: replacing a card under the hand would lose the gesture;
   - a step sent without network waits in memory (names are never stored) and is sent again, in order;
   - keys and dragging. */
(() => {
  "use strict";
  const REFRESH_MS = 20000, RETRY_MS = 5000, ASLEEP_MS = 30 * 60 * 1000, TICK_MS = 300000;
  const host = document.getElementById("plateau-hote");
  const field = document.getElementById("recherche");
  const list = document.getElementById("propositions");
  const network = document.getElementById("reseau");
  const say = (text, level) => window.releve?.showToast(text, level);
  const hour = (date) => { const [h, m] = new Intl.DateTimeFormat("fr-FR", { timeZone: host?.dataset.zone || undefined, hour: "numeric", minute: "2-digit", hourCycle: "h23" }).format(date).split(":"); return m === "00" ? `${+h}\u00a0h` : `${+h}\u00a0h\u00a0${m}`; };
  const board = () => document.getElementById("plateau");

  /* --- Search ------------------------------------------------------------------------------------------------ */
  if (field && list) {
    if (document.querySelector("[data-focus-search]")) field.focus();
    field.addEventListener("input", () => { if (!field.value.trim()) list.replaceChildren(); });
    const items = () => [...list.querySelectorAll("button, a")];
    document.querySelector(".rl-find").addEventListener("keydown", (event) => {
      if (event.key === "Escape") { list.replaceChildren(); field.focus(); return; }
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      const all = items().filter((item) => item.tagName === "BUTTON" || !items().some((i) => i.tagName === "BUTTON"));
      if (!all.length) return;
      event.preventDefault();
      const at = all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      (at < 0 ? field : all[Math.min(at, all.length - 1)]).focus();
    });
    document.addEventListener("click", (event) => { if (!event.target.closest(".rl-find")) list.replaceChildren(); });
  }
  if (!host) return;

  /* --- Drawing ----------------------------------------------------------------------------------------------- */
  const scroller = () => host.querySelector(".rl-board-scroll");
  const segments = () => (board()?.dataset.segments || "").split(";").filter(Boolean).map((s) => s.split(",").map(Number));
  let offset = Date.parse(board()?.dataset.now || "") - Date.now() || 0;  // the server's clock, whatever this one says
  const now = () => Date.now() + offset;

  const tellTime = () => {
    host.querySelectorAll("[data-since]").forEach((item) => {
      const minutes = Math.max(0, Math.floor((now() - Date.parse(item.dataset.since)) / 60000));
      item.textContent = minutes < 60 ? `${minutes}\u00a0min` : `${Math.floor(minutes / 60)}\u00a0h\u00a0${String(minutes % 60).padStart(2, "0")}`;
      item.closest(".rl-wait")?.classList.toggle("is-long", minutes >= 30);
    });
    if (host.dataset.today !== "1") return;
    const tick = Math.floor(now() / TICK_MS);
    const found = segments().find(([start, end]) => tick >= start && tick < end);
    host.querySelectorAll(".rl-now").forEach((line) => { line.hidden = !found; if (found) line.style.gridRow = String(found[2] + tick - found[0]); });
  };
  setInterval(tellTime, 15000);

  let pressed = false, owed = false, dragging = null, drawings = 0;
  const dialog = document.getElementById("deplacement");
  const held = () => pressed || dragging || dialog?.open;
  const letGo = () => { pressed = false; if (owed && !held()) { owed = false; refresh(true); } };
  document.addEventListener("pointerdown", (event) => { pressed = event.button === 0; }, true);
  ["pointerup", "pointercancel", "contextmenu"].forEach((kind) => document.addEventListener(kind, letGo, true));
  window.addEventListener("blur", letGo);

  const draw = (html) => {
    if (held()) { owed = true; return false; }
    drawings += 1;
    const page = new DOMParser().parseFromString(html, "text/html").getElementById("plateau");
    if (!page) return false;
    const box = scroller();
    const kept = { top: box?.scrollTop || 0, left: box?.scrollLeft || 0, id: document.activeElement?.id, href: document.activeElement?.getAttribute?.("href"), inside: host.contains(document.activeElement) };
    const visit = document.activeElement?.closest?.("[data-visit]")?.dataset.visit;
    board().replaceWith(document.importNode(page, true));
    offset = Date.parse(board().dataset.now) - Date.now() || offset;
    const fresh = scroller();
    if (fresh) { fresh.scrollTop = kept.top; fresh.scrollLeft = kept.left; }
    if (kept.inside) {
      const target = (kept.id && document.getElementById(kept.id)) || (visit && document.getElementById(`rdv-${visit}`)) || (kept.href && host.querySelector(`a[href="${CSS.escape(kept.href)}"]`));
      target?.focus({ preventScroll: true });
    }
    tellTime(); markQueued();
    return true;
  };

  /* --- Refresh ----------------------------------------------------------------------------------------------- */
  let lastTouch = Date.now(), cutAt = null, refreshing = false;
  ["pointerdown", "keydown", "wheel"].forEach((kind) => document.addEventListener(kind, () => { lastTouch = Date.now(); }, { passive: true }));
  const busy = () => {
    const at = document.activeElement;
    return held() || queue.length || document.hidden || document.querySelector("dialog[open]") || host.querySelector("details[data-menu][open]") ||
      (at && at.matches("input:not([type=checkbox]), textarea, select") && at.value !== at.defaultValue) || list?.childElementCount;
  };
  const banner = (text, waiting) => {
    if (!network) return;
    network.hidden = !text;
    network.classList.toggle("is-waiting", Boolean(waiting));
    if (network.textContent !== text) network.textContent = text;
  };
  const cut = () => {
    cutAt ||= new Date(now());
    const since = `Connexion coupée depuis ${hour(cutAt)}\u00a0: la page reste lisible. `;
    if (!queue.length) banner(`${since}Rien ne sera enregistré avant son retour.`);
    else banner(`${since}${queue.length === 1 ? "1 étape attend" : `${queue.length} étapes attendent`} d’être envoyée${queue.length > 1 ? "s" : ""}\u00a0: ne fermez pas cette page.`, true);
  };
  const back = () => { if (cutAt) { cutAt = null; banner(""); say("La connexion est revenue.", "success"); } else if (!queue.length) banner(""); };
  const refresh = async (force = false) => {
    if (refreshing || (!force && busy())) return;
    if (!force && Date.now() - lastTouch > ASLEEP_MS) { banner("Journée en pause après 30 minutes sans action. Touchez l’écran pour l’actualiser.", true); return; }
    refreshing = true;
    const seen = drawings;  // an answer asked before a step was drawn is older than what is shown
    try {
      const answer = await fetch(host.dataset.refresh, { headers: { "If-None-Match": `"${board().dataset.version}"`, "X-Requested-With": "fetch" }, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(10000) });
      if (answer.type === "opaqueredirect" || answer.status === 401) { banner("Votre session est terminée\u00a0: rechargez la page pour vous reconnecter."); return; }
      back();
      if (answer.status === 200) { const html = await answer.text(); if (drawings === seen && (force || !busy())) draw(html); }
    } catch { cut(); } finally { refreshing = false; }
  };
  setInterval(refresh, REFRESH_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  document.addEventListener("pointerdown", () => { if (network && !network.hidden && !cutAt && !queue.length) { banner(""); refresh(true); } });
  window.addEventListener("offline", cut);
  window.addEventListener("online", () => { if (queue.length) flush(); else refresh(true); });

  /* --- Steps ------------------------------------------------------------------------------------------------- */
  const queue = [];  // {visit, name, url, body}: in memory only
  const markQueued = () => queue.forEach((item) => host.querySelector(`[data-visit="${item.visit}"]`)?.classList.add("is-queued"));
  const post = (url, body) => fetch(url, { method: "POST", body, headers: { "X-Requested-With": "fetch" }, redirect: "manual", signal: AbortSignal.timeout(12000) });
  const refusal = async (answer) => { try { return (await answer.json()).message; } catch { return `le serveur a refusé (erreur ${answer.status})`; } };
  let flushing = false;
  const flush = async () => {
    if (flushing) return;
    flushing = true;
    try {
      while (queue.length) {
        const item = queue[0];
        let answer;
        try { answer = await post(item.url, item.body); } catch { cut(); return; }
        if (answer.type === "opaqueredirect" || answer.status === 401) { banner(`Votre session est terminée\u00a0: ${queue.length} étape${queue.length > 1 ? "s n’ont pas été enregistrées" : " n’a pas été enregistrée"}. Rechargez la page et refaites-${queue.length > 1 ? "les" : "la"}.`); return; }
        if (answer.status >= 500) { cut(); return; }
        queue.shift();
        host.querySelector(`[data-visit="${item.visit}"]`)?.classList.remove("is-queued");
        if (answer.ok) { if (!queue.length) { back(); draw(await answer.text()); } }
        else say(`${item.name}\u00a0: ${await refusal(answer)}`, "error");
      }
      back();
      refresh(true);
    } finally { flushing = false; }
  };
  setInterval(() => { if (queue.length) flush(); }, RETRY_MS);
  window.addEventListener("beforeunload", (event) => { if (queue.length) event.preventDefault(); });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches?.("form[data-step]") || !event.submitter) return;
    event.preventDefault();
    delete form.dataset.sending;
    event.submitter.removeAttribute("aria-busy");
    const card = form.closest("[data-visit]");
    form.querySelectorAll("details[open]").forEach((menu) => { menu.open = false; });
    document.getElementById(`rdv-${card.dataset.visit}`)?.focus({ preventScroll: true });
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const item = { visit: card.dataset.visit, name: card.dataset.name, url: form.action, body };
    if (queue.some((q) => q.visit === item.visit && q.body.get("status") === body.get("status"))) return;
    queue.push(item);
    card.classList.add("is-queued");
    flush();
  });

  /* --- Keys -------------------------------------------------------------------------------------------------- */
  const KEYS_OFF = "releve-raccourcis-coupes";
  const toggle = document.querySelector("[data-shortcuts]");
  const keysOn = () => { try { return localStorage.getItem(KEYS_OFF) !== "1"; } catch { return true; } };
  if (toggle) { toggle.checked = keysOn(); toggle.addEventListener("change", () => { try { localStorage.setItem(KEYS_OFF, toggle.checked ? "0" : "1"); } catch { /* private mode */ } }); }
  const cellsOf = (column) => [...column.querySelectorAll("[data-cell]")].map((cell) => ({ cell, box: (cell.closest("[data-visit]") || cell).getBoundingClientRect() })).sort((a, b) => a.box.top - b.box.top);
  const go = (from, key) => {
    const column = from.closest(".rl-col"), columns = [...host.querySelectorAll(".rl-col")];
    if (key === "ArrowUp" || key === "ArrowDown") {
      const cells = cellsOf(column), at = cells.findIndex((c) => c.cell === from);
      return cells[at + (key === "ArrowDown" ? 1 : -1)]?.cell;
    }
    const step = key === "ArrowRight" ? 1 : -1, top = (from.closest("[data-visit]") || from).getBoundingClientRect().top;
    for (let i = columns.indexOf(column) + step; i >= 0 && i < columns.length; i += step) {
      const cells = cellsOf(columns[i]);
      if (cells.length) return cells.reduce((best, c) => (Math.abs(c.box.top - top) < Math.abs(best.box.top - top) ? c : best)).cell;
    }
    return null;
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const at = event.target;
    if (at.matches("input, textarea, select")) return;
    if (event.key.startsWith("Arrow") && at.matches("[data-cell]")) {
      const next = go(at, event.key);
      if (next) { event.preventDefault(); next.focus(); next.scrollIntoView({ block: "nearest", inline: "nearest" }); }
      return;
    }
    if (!keysOn()) return;
    if (event.key === "/" && field) { event.preventDefault(); field.focus(); field.select(); return; }
    if (event.key === "?") { event.preventDefault(); document.getElementById("aide-jour")?.showModal(); return; }
    const action = at.closest?.("[data-visit]")?.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (action && at.matches(".rl-visit-name")) { event.preventDefault(); action.click(); }
  });

  /* --- Dragging ---------------------------------------------------------------------------------------------- */
  const unmark = () => host.querySelectorAll(".is-over").forEach((zone) => { zone.classList.remove("is-over", "is-too-short"); zone.querySelector(".rl-drop")?.remove(); });
  const target = (zone, event) => {
    const from = Date.parse(zone.dataset.from), to = Date.parse(zone.dataset.to), length = dragging.minutes * 60000;
    if (to - from < length) return null;
    const box = zone.getBoundingClientRect();
    const wanted = from + ((event.clientY - dragging.grip - box.top) / box.height) * (to - from);
    const start = Math.max(from, Math.min(to - length, Math.round(wanted / TICK_MS) * TICK_MS));
    return { start, top: ((start - from) / (to - from)) * box.height, height: (length / (to - from)) * box.height };
  };
  host.addEventListener("dragstart", (event) => {
    const card = event.target.closest?.("[data-move]");
    if (!card) return;
    dragging = { card, minutes: Number(card.dataset.minutes), grip: event.clientY - card.getBoundingClientRect().top };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    setTimeout(() => card.classList.add("is-dragged"));
  });
  const over = (event) => {
    const zone = dragging && event.target.closest?.("[data-free]");
    if (!dragging) return;
    if (!zone) { unmark(); return; }
    if (!zone.classList.contains("is-over")) unmark();
    zone.classList.add("is-over");
    const spot = target(zone, event);
    zone.classList.toggle("is-too-short", !spot);
    if (!spot) return;
    event.preventDefault();
    let mark = zone.querySelector(".rl-drop");
    if (!mark) { mark = document.createElement("div"); mark.className = "rl-drop"; zone.append(mark); }
    mark.style.top = `${spot.top}px`; mark.style.height = `${spot.height}px`;
    mark.textContent = hour(new Date(spot.start));
  };
  // Entering too: the links of a free time hide under the card, what is entered changes, and a drop there must be taken.
  ["dragenter", "dragover"].forEach((kind) => host.addEventListener(kind, over));
  host.addEventListener("dragend", () => { dragging?.card.classList.remove("is-dragged"); unmark(); if (!dialog?.open) dragging = null; letGo(); });
  host.addEventListener("drop", (event) => {
    const zone = dragging && event.target.closest?.("[data-free]");
    if (!zone) return;
    event.preventDefault();
    const spot = target(zone, event), card = dragging.card;
    unmark();
    if (spot) confirmMove(card, zone, spot.start);
  });
  const iso = (ms) => new Date(ms).toISOString().replace(".000Z", "Z");
  const confirmMove = (card, zone, start) => {
    dialog.querySelector("[data-move-words]").textContent = `${card.dataset.name}\u00a0: ${hour(new Date(start))}, ${zone.dataset.person}.`;
    const yes = dialog.querySelector("[data-move-yes]"), no = dialog.querySelector("[data-move-no]");
    const body = new URLSearchParams({ creneau: `${zone.dataset.shift}@${iso(start)}`, sequence: card.dataset.sequence, csrfmiddlewaretoken: document.body.dataset.csrf || "", jour: card.querySelector("[name=jour]")?.value || "" });
    const name = card.dataset.name, url = card.querySelector("[data-key=d]").href;
    yes.onclick = async () => {
      dialog.close(); dragging = null;
      let answer;
      try { answer = await post(url, body); } catch { cut(); say(`${name} n’a pas été déplacé\u00a0: pas de connexion.`, "error"); return; }
      if (answer.ok) { draw(await answer.text()); say(`Déplacé\u00a0: ${name}, ${hour(new Date(start))}.`, "success"); }
      else { say(`${name} reste à sa place\u00a0: ${await refusal(answer)}`, "error"); refresh(true); }
    };
    no.onclick = () => dialog.close();
    dialog.onclose = () => { dragging = null; letGo(); };
    dialog.showModal();
    yes.focus();
  };

  /* A menu at the bottom of the board comes into view. */
  host.addEventListener("toggle", (event) => { if (event.target.open) event.target.querySelector(".rl-menu-list")?.scrollIntoView({ block: "nearest", inline: "nearest" }); }, true);

  /* --- Start: the present in view ---------------------------------------------------------------------------- */
  tellTime();
  const line = host.querySelector(".rl-now:not([hidden])"), box = scroller();
  const aimed = location.hash.startsWith("#rdv-") && document.getElementById(location.hash.slice(1));
  if (aimed && box && box.scrollHeight > box.clientHeight) {
    // The browser has scrolled the whole page to it: the search stays in view, only the board moves.
    requestAnimationFrame(() => { window.scrollTo({ top: 0, behavior: "instant" }); const card = aimed.closest("[data-visit]"); box.scrollTop = card.offsetTop - box.clientHeight / 3; });
  }
  if (line && box && !location.hash) box.scrollTop = Math.max(0, line.offsetTop - box.clientHeight / 3);
})();
