// Before anything is drawn: the colours that were chosen, where they are not the system's.
try {
  const { theme } = JSON.parse(localStorage.getItem("oxbow.playground") ?? "{}");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // What cannot be read chooses nothing.
}
if (new URLSearchParams(location.search).has("embed")) document.documentElement.dataset.embed = "";
