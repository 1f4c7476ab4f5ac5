// The first minutes on a new server: the link, the first account, and the door for everybody else.
import { expect, owner, picture, signIn, test } from './support.mjs';

test('a new server leads to set-up', async ({ page }) => {
  await page.goto('/');
  await expect(page).toHaveURL(/\/setup/);
  await expect(page.getByRole('heading', { name: 'Create the first account' })).toBeVisible();
});

test('a weak password is explained beside its field', async ({ page }) => {
  await page.goto(process.env.AIMPACT_TEST_SETUP);
  await page.getByLabel('Your name').fill(owner.name);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Organisation').fill(owner.organisation);
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByText(/Use at least \d+ characters/)).toBeVisible();
  await picture(page, '01-setup');
});

test('the link makes the first owner and signs in', async ({ page }) => {
  await page.goto(process.env.AIMPACT_TEST_SETUP);
  await page.getByLabel('Your name').fill(owner.name);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Organisation').fill(owner.organisation);
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await expect(page.getByText(owner.organisation)).toBeVisible();
  await picture(page, '02-overview-empty');
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
});

test('a wrong password is refused, the right one leads where one wanted to go', async ({ page }) => {
  await page.goto('/settings');
  await expect(page).toHaveURL(/\/sign-in/);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('E-mail or password is wrong')).toBeVisible();
  await picture(page, '03-sign-in');
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/settings/);
});

test('signing out closes the door', async ({ page }) => {
  await signIn(page);
  await page.getByRole('button', { name: /Account menu/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto('/agents');
  await expect(page).toHaveURL(/\/sign-in/);
});
