// Uses pages of `whimbrel graph --format html` as people do, in a browser without a
// network: node graph.mjs CHROMIUM SCREENSHOTS PAGE...
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, folder, ...pages] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

function dataOf(path) {
  const text = readFileSync(path, "utf8");
  const start = '<script type="application/json" id="data">';
  return JSON.parse(text.slice(text.indexOf(start) + start.length).split("</script>")[0]);
}

async function use(path) {
  const data = dataOf(path);
  const name = basename(path, ".html");
  const titleOf = (it) => `${data.apps[it.app].label}.${it.name}`;
  const context = await browser.newContext({ viewport: { width: 1500, height: 900 }, offline: true, colorScheme: "light" });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => /^(file|data):/.test(request.url()) || faults.push(`asked for ${request.url()}`));
  const picture = (what) => page.screenshot({ path: join(folder, `${name}-${what}.png`) });
  const panel = page.locator("#panel"), view = page.locator("#view");
  const transform = () => page.locator("#stage").evaluate((stage) => stage.style.transform);

  await page.goto(pathToFileURL(resolve(path)).href);
  assert.equal(await page.locator(".card:visible").count(), data.apps.length, "every app has a card");
  await picture("start");

  // Opening an app, and a click on a migration: the panel tells all of it.
  const worst = data.migrations.reduce((best, it) => (it.findings.length > best.findings.length ? it : best));
  const label = data.apps[worst.app].label;
  const card = page.locator(`.card[aria-label="${label}"]`);
  if (await card.locator(".head").getAttribute("aria-expanded") === "false") {
    await card.locator(".head").click();
  }
  assert.equal(await card.locator(".row").count(), data.migrations.filter((it) => it.app === worst.app).length);
  await card.locator(`.row[title="${titleOf(worst)}"]`).click();
  assert.equal(await panel.locator("h2").textContent(), titleOf(worst));
  assert.equal(await panel.locator(".finding").count(), worst.findings.length);
  const text = await panel.textContent();
  for (const it of worst.findings) assert.ok(text.includes(it.rule));
  for (const it of worst.operations) assert.ok(text.includes(it.replaceAll("`", "")), it);
  for (const at of worst.after) assert.ok(text.includes(titleOf(data.migrations[at])));
  for (const [at, server] of data.servers.entries()) {
    if (!worst.sql.length) break;
    await panel.getByRole("tab", { name: server, exact: true }).click();
    const script = await panel.locator("pre").textContent();
    for (const piece of worst.sql[at]) {
      assert.ok(script.includes(piece.text) || piece.text === "--", piece.text);
      for (const lock of piece.locks || []) assert.ok(script.includes(lock), lock);
    }
  }
  await picture("chosen");

  // From a migration to what it depends on, then back to the ground.
  const linked = data.migrations.find((it) => it.after.length);
  await page.keyboard.press("Escape");
  assert.ok(await panel.isHidden(), "Escape closes the panel");
  await page.keyboard.press("/");
  await page.keyboard.type(titleOf(linked));
  await page.locator("#hits .hit").first().waitFor();
  await page.keyboard.press("Enter");
  assert.equal(await panel.locator("h2").textContent(), titleOf(linked));
  await panel.locator(".go").first().click();
  assert.equal(await panel.locator("h2").textContent(), titleOf(data.migrations[linked.after[0]]));
  assert.ok((await page.evaluate(() => document.activeElement.className)).includes("row"), "the row has the focus");
  await page.keyboard.press("Escape");

  // Search: by name, by rule, and for nothing.
  const search = page.locator("#search");
  await search.fill(worst.findings[0]?.rule ?? worst.name);
  assert.ok(await page.locator("#hits .hit:not(.none)").count() > 0);
  await picture("search");
  await search.fill("no such migration anywhere");
  assert.equal(await page.locator("#hits .hit:not(.none)").count(), 0);
  await search.fill("");
  assert.ok(await page.locator("#hits").isHidden());

  // Filters: by app, and by findings.
  await page.click("#apps-button");
  await page.click("#apps-none");
  assert.equal(await page.locator(".card:visible").count(), 0);
  await page.fill("#apps-search", label);
  await page.locator("#apps-list label").filter({ hasText: label }).first().locator("input").check();
  assert.equal(await page.locator(".card:visible").count(), 1);
  await page.click("#apps-all");
  await page.fill("#apps-search", "");
  await page.click("#apps-all");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".card:visible").count(), data.apps.length);
  await page.selectOption("#level", "warning");
  const graves = new Set(data.migrations.filter((it) => it.findings.some((each) => each.level !== "info")).map((it) => it.app));
  assert.equal(await page.locator(".card:visible").count(), graves.size);
  await picture("warnings");
  await page.selectOption("#level", "");

  // Moving: drag, wheel, keys.
  await page.click("#collapse");
  let before = await transform();
  const box = await view.boundingBox();
  await page.mouse.move(box.x + 8, box.y + box.height - 8);
  await page.mouse.down();
  await page.mouse.move(box.x + 120, box.y + box.height - 60, { steps: 4 });
  await page.mouse.up();
  assert.notEqual(await transform(), before, "dragging moves");
  before = await transform();
  await page.mouse.wheel(0, -200);
  await page.waitForFunction((old) => document.getElementById("stage").style.transform !== old, before);
  before = await transform();
  await view.focus();
  for (const key of ["ArrowLeft", "+", "-"]) {
    await page.keyboard.press(key);
    assert.notEqual(await transform(), before, key);
    before = await transform();
  }
  await page.keyboard.press("0");

  // The keyboard alone: to an app, into it, down a row, and to its panel.
  await page.locator(".card:visible .head").first().focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.ok((await page.evaluate(() => document.activeElement.className)).includes("row"));
  await page.keyboard.press("Enter");
  assert.ok(await panel.isVisible());
  await page.keyboard.press("Escape");

  // All of it, in the dark.
  await page.check("#all-links");
  await page.click("#expand");
  assert.equal(await page.locator(".row:visible").count(), data.migrations.length);
  await page.click("#theme");
  await page.click("#theme");
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(13, 17, 23)");
  await picture("all-dark");

  assert.deepEqual(faults, []);
  await context.close();
  console.log(`browser: ${name}: ${data.migrations.length} migrations in ${data.apps.length} apps`);
}

try {
  for (const path of pages) await use(path);
} finally {
  await browser.close();
}
