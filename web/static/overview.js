// Starts the overview: its chart, and the map where one has been drawn.
import { startCharts } from "./chart.js";
import { startMap } from "./map.js";

startCharts();
const map = document.querySelector("[data-map]");
if (map) startMap(map);
