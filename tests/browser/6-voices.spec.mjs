// Voices: consent, a sample, the voice heard, and deleted again. The person is a stock voice, so that consent and
// sample have the same speaker.
import { expect, picture, signIn, test } from "./support.mjs";

/** A recording of the text in one stock voice, as a file to upload. */
async function spoken(request, headers, text, voice = "af_heart") {
  const answer = await request.post("/v1/audio/speech", {
    headers,
    data: { model: "kokoro-82m", input: text, voice, response_format: "wav" },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  return {
    name: "recording.wav",
    mimeType: "audio/wav",
    buffer: await answer.body(),
  };
}

const SAMPLE =
  "The harbour was quiet this morning. A few boats had come in before the rain, and the baker was opening his " +
  "shop. I walked along the wall to the lighthouse, as I do every day, and counted the gulls on the roof.";

test("a voice is made after a person who consented", async ({
  page,
  request,
}) => {
  test.setTimeout(300_000);
  await signIn(page, "/voices");
  await expect(
    page.getByRole("heading", { name: "Voices", level: 1 }),
  ).toBeVisible();
  await expect(page.getByText("No own voices yet")).toBeVisible();
  await expect(page.getByRole("button", { name: "Hear Heart" })).toBeVisible();
  const signed = await request.post("/api/v1/auth/sign-in", {
    data: {
      email: "owner@example.com",
      password: "correct horse battery staple",
    },
  });
  const headers = {
    Authorization: `Bearer ${(await signed.json()).access_token}`,
  };

  await page.getByRole("button", { name: "New voice" }).click();
  const dialog = page.getByRole("dialog");
  const phrase = dialog.getByRole("blockquote");
  await expect(phrase).toContainText("consent");
  await dialog.getByLabel("Who consents").fill("Hannah Heart");
  const consent = dialog.getByLabel("A recording of the consent");
  await consent.setInputFiles(
    await spoken(
      request,
      headers,
      "I would rather not say that today, thank you very much.",
    ),
  );
  await dialog.getByRole("button", { name: "Give consent" }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await consent.setInputFiles(
    await spoken(request, headers, await phrase.innerText()),
  );
  await picture(page, "20-voice-consent");
  await dialog.getByRole("button", { name: "Give consent" }).click();

  await expect(
    dialog.getByRole("heading", { name: "Sample of the voice" }),
  ).toBeVisible({ timeout: 60_000 });
  await dialog.getByLabel("Name of the voice").fill("Our receptionist");
  const sample = dialog.getByLabel("A recording of the sample");
  await sample.setInputFiles(
    await spoken(request, headers, SAMPLE, "am_michael"),
  );
  await dialog.getByRole("button", { name: "Make the voice" }).click();
  await expect(dialog.getByRole("alert")).toBeVisible({ timeout: 60_000 });
  await sample.setInputFiles(await spoken(request, headers, SAMPLE));
  await dialog.getByRole("button", { name: "Make the voice" }).click();
  await expect(dialog).toBeHidden({ timeout: 90_000 });

  const row = page
    .getByRole("region", { name: "Own voices" })
    .getByRole("listitem")
    .filter({ hasText: "Our receptionist" });
  await expect(row).toContainText("Matched");
  await expect(row).toContainText("Hannah Heart consented on");
  await expect(row).toContainText(/similarity 0\.\d\d/, { timeout: 60_000 });
  await picture(page, "21-voices");
  const said = page.waitForResponse("**/v1/audio/speech");
  await row.getByRole("button", { name: "Hear Our receptionist" }).click();
  expect((await said).status()).toBe(200);

  await row.getByRole("button", { name: "Delete Our receptionist" }).click();
  await page.getByRole("button", { name: "Delete voice" }).click();
  await expect(page.getByText("No own voices yet")).toBeVisible();
});

test("a recording by the microphone can be heard before it is sent", async ({
  page,
}) => {
  await signIn(page, "/voices");
  await page.getByRole("button", { name: "New voice" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Record the consent" }).click();
  await expect(dialog.getByText(/[1-9] s of 30 s/)).toBeVisible();
  await dialog
    .getByRole("button", { name: "Stop recording the consent" })
    .click();
  const seconds = await dialog
    .getByLabel("Recording of the consent", { exact: true })
    .evaluate(
      (audio) =>
        new Promise((done) =>
          audio.duration
            ? done(audio.duration)
            : (audio.ondurationchange = () => done(audio.duration)),
        ),
    );
  expect(seconds).toBeGreaterThan(0.5);
});
