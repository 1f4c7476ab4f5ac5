// Words: added, heard, changed, imported, exported and deleted.
import fs from "node:fs";
import { expect, signIn, test } from "./support.mjs";

test("the life of a word", async ({ page }) => {
  await signIn(page, "/words");
  await expect(
    page.getByRole("heading", { name: "Words", level: 1 }),
  ).toBeVisible();
  await page.getByRole("button", { name: "New word" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Word", { exact: true }).fill("Nguyen");
  await dialog.getByLabel("Said like").fill("/5/");
  await dialog.getByRole("button", { name: "Save word" }).click();
  await expect(dialog.getByRole("alert")).toContainText("phone");
  await dialog.getByLabel("Said like").fill("win");
  await dialog.getByLabel("Heard as").fill("noo yen, when");
  await dialog.getByRole("button", { name: "Save word" }).click();
  await expect(dialog).toBeHidden();
  const row = page.getByRole("listitem").filter({ hasText: "Nguyen" });
  await expect(row).toContainText("Said like win · heard as noo yen, when");
  await expect(row).toContainText("Recognised");

  const spoken = page.waitForResponse("**/v1/audio/speech");
  await row.getByRole("button", { name: "Hear Nguyen" }).click();
  const answer = await spoken;
  expect(answer.status()).toBe(200);
  expect(answer.headers()["content-type"]).toMatch(/^audio\//);
  await expect(
    row.getByRole("button", { name: "Hear Nguyen", exact: true }),
  ).toBeVisible();

  await row.getByRole("button", { name: "Change Nguyen" }).click();
  await page
    .getByRole("dialog")
    .getByRole("switch", { name: "Recognise" })
    .click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: "Save word" })
    .click();
  await expect(row).not.toContainText("Recognised");

  await page.getByLabel("A list of words").setInputFiles({
    name: "list.csv",
    mimeType: "text/csv",
    buffer: Buffer.from("word,pronunciation\nSiobhan,shiv awn\n"),
  });
  await expect(page.getByText("1 new, 0 changed, 0 as before")).toBeVisible();
  await expect(
    page.getByRole("listitem").filter({ hasText: "Siobhan" }),
  ).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  const text = fs.readFileSync(await (await download).path(), "utf8");
  expect(text).toBe(
    "word,pronunciation,sounds_like,recognise\r\nNguyen,win,noo yen|when,false\r\nSiobhan,shiv awn,,true\r\n",
  );

  await page.getByLabel("Search words").fill("siob");
  await expect(row).toBeHidden();
  await page.getByLabel("Search words").fill("");
  for (const word of ["Nguyen", "Siobhan"]) {
    await page.getByRole("button", { name: `Delete ${word}` }).click();
    await page
      .getByRole("alertdialog")
      .getByRole("button", { name: "Delete word" })
      .click();
    await expect(
      page.getByRole("button", { name: `Delete ${word}` }),
    ).toBeHidden();
  }
  await expect(page.getByText("No words yet")).toBeVisible();
});
