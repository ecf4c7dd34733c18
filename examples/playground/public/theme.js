// Before anything is drawn: the colours that the page around asks for, or that were chosen, where they are not the system's.
const asked = new URLSearchParams(location.search);
try {
  const { theme: chosen } = JSON.parse(localStorage.getItem("oxbow.playground") ?? "{}");
  const theme = asked.get("theme") ?? chosen;
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // What cannot be read chooses nothing.
}
if (asked.has("embed")) document.documentElement.dataset.embed = "";
