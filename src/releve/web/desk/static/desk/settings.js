/* Suggestions of communes while one types. Without this file the server asks which commune was meant. */
(() => {
  "use strict";
  const list = document.getElementById("communes");
  if (!list) return;
  let last = "";
  const suggest = async (field) => {
    const text = field.value.trim();
    if (text.length < 2 || text === last || text.includes("(")) return;
    last = text;
    try {
      const answer = await fetch(`/api/v1/communes?q=${encodeURIComponent(text)}&limit=8`, { headers: { Accept: "application/json" } });
      if (!answer.ok || text !== field.value.trim()) return;
      const body = await answer.json();
      const hits = Array.isArray(body) ? body : body.results || body.items || [];
      list.replaceChildren(...hits.map((hit) => {
        const option = document.createElement("option");
        const code = (hit.postal_codes || [])[0];
        option.value = code ? `${hit.name} (${code})` : hit.name;
        return option;
      }));
    } catch { /* no suggestions: the form still works */ }
  };
  document.querySelectorAll("[data-commune]").forEach((field) => {
    let timer;
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => suggest(field), 200); });
  });
})();
