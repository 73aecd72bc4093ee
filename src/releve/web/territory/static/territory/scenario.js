/* The scenario builder follows the hand: figures and map within a second of each change. Without this file the form does the
   same with its buttons. A saved scenario only uses the map. */
(() => {
  "use strict";
  const WAIT = 180;
  const form = () => document.getElementById("scenario-form");
  const result = document.querySelector("[data-scenario-result]");
  const status = document.querySelector("[data-scenario-status]");
  const read = (id) => { const node = document.getElementById(id); return node ? JSON.parse(node.textContent) : null; };
  let drawn = read("scenario-carte"), map = null, timer = null, running = null;

  /* --- The form as JSON, the answer as figures --- */
  const collect = () => {
    const fields = {};
    new FormData(form()).forEach((value, name) => {
      if (name === "csrfmiddlewaretoken") return;
      if (name in fields) fields[name] = [].concat(fields[name], value); else fields[name] = value;
    });
    return fields;
  };
  const clearErrors = () => {
    document.querySelectorAll("[data-live-error]").forEach((node) => node.remove());
    form().querySelectorAll("[aria-invalid]").forEach((field) => { field.removeAttribute("aria-invalid"); field.removeAttribute("aria-describedby"); });
  };
  const showErrors = (errors) => {
    clearErrors();
    errors.forEach(({ field, message }, rank) => {
      const input = field && document.getElementById(field);
      const words = document.createElement("p");
      words.className = "rl-error";
      words.dataset.liveError = "";
      words.id = `erreur-${rank}`;
      words.textContent = message;
      if (input) { input.setAttribute("aria-invalid", "true"); input.setAttribute("aria-describedby", words.id); }
      const row = input?.closest("[data-row]");
      if (row) row.append(words); else form().querySelector("h2").after(words);
    });
    status.textContent = errors.map((error) => error.message).join(" ");
  };
  const openStates = () => new Map([...result.querySelectorAll("details")].map((node) => [node.querySelector("summary").textContent, node.open]));
  const show = (answer) => {
    const states = openStates();
    result.innerHTML = answer.html;
    result.querySelectorAll("details").forEach((node) => { const known = states.get(node.querySelector("summary").textContent); if (known !== undefined) node.open = known; });
    status.textContent = answer.summary;
    drawn = answer.map;
    draw();
  };
  const calculate = async () => {
    if (!form()) return;
    running?.abort();
    const mine = running = new AbortController();
    result.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form().dataset.calculate, {
        method: "POST", signal: mine.signal,
        headers: { "Content-Type": "application/json", "X-CSRFToken": form().elements.csrfmiddlewaretoken.value },
        body: JSON.stringify({ form: collect() }),
      });
      const body = await answer.json();
      if (answer.ok) { clearErrors(); show(body); } else if (answer.status === 422 && body.errors) showErrors(body.errors.length ? body.errors : [{ field: "", message: body.message }]); else window.releve.showToast(body.message || "Le calcul n’a pas abouti.", "error");
    } catch (error) {
      if (error.name !== "AbortError") window.releve.showToast("Le calcul n’a pas abouti\u00a0: les chiffres affichés sont ceux d’avant votre dernier changement.", "warning");
    } finally { if (running === mine) { running = null; result.removeAttribute("aria-busy"); } }
  };
  const later = (wait = WAIT) => { clearTimeout(timer); timer = setTimeout(calculate, wait); };
  /* A commune being typed is not an answer yet: its choice in the list, or leaving the field, is. */
  const isText = (field) => field.matches("[data-combobox-input], #nom, [id$='-label']");
  document.addEventListener("input", (event) => { if (event.target.closest?.("#scenario-form") && !isText(event.target)) later(); });
  document.addEventListener("change", (event) => { if (event.target.closest?.("#scenario-form") && event.target.id !== "nom") later(event.target.matches("[data-combobox-input]") ? 250 : 0); });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-step]");
    if (!button) return;
    const field = button.parentElement.querySelector("input");
    const next = Math.min(Number(field.max), Math.max(Number(field.min), (Number(field.value) || 0) + Number(button.dataset.step)));
    if (String(next) === field.value) return;
    field.value = String(next);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  /* Enter counts, it does not leave the page; in the name of the scenario it saves. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.defaultPrevented || !event.target.matches?.("#scenario-form input:not([type=checkbox])")) return;
    event.preventDefault();
    if (event.target.id === "nom") form().querySelector("button[value=save]").click(); else later(0);
  });
  const dress = () => {
    form()?.querySelectorAll("[data-js-only]").forEach((node) => { node.hidden = false; });
    form()?.querySelectorAll("[data-no-js]").forEach((node) => { node.hidden = true; });
  };
  document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target?.id === "scenario-form" || event.target.id === "scenario-form") { dress(); later(0); } });

  /* --- The map --- */
  const section = document.querySelector("[data-scenario-map]");
  const labels = () => (drawn?.sites || []).map((site) => {
    const place = map.placeOf(site.commune);
    return place && place.lon !== null ? { lon: place.lon, lat: place.lat, name: place.name, lines: [site.words], href: "", kind: site.gains ? "proposed" : "" } : null;
  }).filter(Boolean);
  const draw = () => {
    if (!map || !drawn) return;
    map.setValues(drawn.codes, drawn.values, drawn.breaks, { ramp: "change" });
    map.setSites(labels());
  };
  const french = (value) => new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 2, minimumFractionDigits: 2, signDisplay: "exceptZero" }).format(value);
  const drop = (place) => {
    const value = `${place.name} (${place.code})`;
    const fields = [...form().querySelectorAll(".rl-scn-commune")];
    const blank = fields.find((field) => !field.value.trim());
    if (blank) { blank.value = value; later(0); return; }
    const already = fields.find((field) => field.value.includes(`(${place.code})`) && /^r\d+-commune$/.test(field.id) && document.getElementById(field.id.replace("commune", "days")));
    if (already) { document.getElementById(already.id.replace("commune", "days")).focus(); window.releve.showToast(`Un lieu est déjà posé à ${place.name}\u00a0: changez son nombre de jours.`); return; }
    form().elements["commune-ajoutee"].value = value;
    form().querySelector("button[value=add-site]")?.click();
  };
  const openMap = async ({ focus }) => {
    const body = section.querySelector("[data-map-body]"), button = section.querySelector("[data-map-open]"), element = section.querySelector("[data-france-map]");
    body.hidden = false;
    button.hidden = true;
    const hover = element.querySelector("[data-map-hover]");
    const change = (code) => { const rank = drawn ? drawn.codes.indexOf(code) : -1; return rank < 0 || drawn.values[rank] === null ? "pas de changement" : french(drawn.values[rank]); };
    try {
      map = await window.releve.franceMap(element, {
        ramp: "change", cooperative: true,
        onCommune: (place) => { if (form()) drop(place); },
        onHover: (place) => { if (!hover) return; hover.hidden = !place; if (place) hover.textContent = `${place.name}\u00a0: ${change(place.code)}`; },
      });
    } catch {
      body.hidden = true;
      button.hidden = false;
      window.releve.showToast("La carte n’a pas pu être chargée. Les tableaux disent la même chose.", "warning");
      return;
    }
    draw();
    const members = read("scenario-communes") || [];
    if (members.length) map.mark(members);
    const around = [...new Set([...(drawn?.codes || []), ...members])];
    if (around.length) map.fitTo(around, { maxZoom: 11 });
    element.setAttribute("tabindex", "-1");
    if (focus) element.focus({ preventScroll: true });
  };
  section?.querySelector("[data-map-open]").addEventListener("click", () => openMap({ focus: true }));
  dress();
  /* A wide screen shows the map at once; a telephone, or a line that counts its data, only when asked. */
  if (section && matchMedia("(min-width: 992px)").matches && !navigator.connection?.saveData) openMap({ focus: false });
})();
