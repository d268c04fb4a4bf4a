// Sends the reader to French or English by the browser's languages; without script the two links stay.
"use strict";
(function () {
  const wanted = (navigator.languages || [navigator.language || ""]).map((tag) => tag.slice(0, 2).toLowerCase());
  const language = wanted.find((tag) => tag === "fr" || tag === "en") || "en";
  location.replace(language + "/index.html" + location.hash);
})();
