// Owns the page of batches: lists that are given there, and the bars of running ones.
import { followBatch } from "./batch-bar.js";
import { startDrop, startPick } from "./drop-zone.js";
import { sendList } from "./list-upload.js";

startDrop(document.querySelector("[data-batch-drop]"), sendList);
startPick(document.querySelector("[data-folder]"), sendList);
for (const batch of document.querySelectorAll("[data-batch][data-live]")) followBatch(batch);
