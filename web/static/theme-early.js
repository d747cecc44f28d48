// Sets the chosen colours before the first paint; a classic script, because modules run too late.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch { /* storage is blocked: the system's colours apply */ }
