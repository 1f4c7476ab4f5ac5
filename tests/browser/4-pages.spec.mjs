// Every page: reachable by keyboard, readable by machines and on a phone, in light and dark.
import AxeBuilder from '@axe-core/playwright';
import { expect, makeAgent, owner, picture, signIn, silentMicrophone, test } from './support.mjs';

const pages = ['/', '/talk', '/agents', '/words', '/conversations', '/api-keys', '/settings'];

async function settled(page, path) {
  await page.goto(path);
  await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
  await page.waitForLoadState('networkidle');
}

test('no page scrolls sideways at 360 px', async ({ page, request }) => {
  const agent = await makeAgent(request, { name: 'A rather long name for an agent that answers the telephone' });
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto('/sign-in');
  await expect(page.getByLabel('E-mail')).toBeVisible();
  await signIn(page);
  for (const path of [...pages, `/agents/edit?id=${agent.id}`]) {
    await settled(page, path);
    const { wide, culprit } = await page.evaluate(() => {
      const limit = document.documentElement.clientWidth;
      const over = [...document.querySelectorAll('body *')].find((e) => e.getBoundingClientRect().right > limit + 1);
      return { wide: document.documentElement.scrollWidth - limit, culprit: over?.outerHTML.slice(0, 200) };
    });
    expect(wide, `${path}: ${culprit}`).toBeLessThanOrEqual(0);
    await picture(page, `phone${path.split('?')[0].replaceAll('/', '-')}`);
  }
});

for (const scheme of ['light', 'dark']) {
  test(`no serious accessibility problem in ${scheme}`, async ({ page, request }) => {
    const agent = await makeAgent(request, { name: `Accessible in ${scheme}` });
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto('/sign-in');
    await expect(page.getByLabel('E-mail')).toBeVisible();
    const problems = [];
    const check = async (path) => {
      const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa']).analyze();
      for (const { id, impact, nodes } of violations) {
        if (impact === 'serious' || impact === 'critical') problems.push(`${path} ${id}: ${nodes[0].html}`);
      }
    };
    await check('/sign-in');
    await signIn(page);
    for (const path of [...pages, `/agents/edit?id=${agent.id}`]) {
      await settled(page, path);
      await check(path);
      await picture(page, `${scheme}${path.split('?')[0].replaceAll('/', '-')}`);
    }
    expect(problems).toEqual([]);
  });
}

test('everything is reached by keyboard alone', async ({ page }) => {
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('aria-label') || element?.labels?.[0]?.textContent || element?.textContent || '';
    });
  // Presses Tab until something whose name fits has the focus; it must come within reach.
  const tabTo = async (name) => {
    for (let presses = 0; presses < 40; presses += 1) {
      if (name.test((await focused()).trim())) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`no ${name} by 40 times Tab`);
  };
  await silentMicrophone(page);
  await page.goto('/sign-in');
  await expect(page.getByLabel('E-mail')).toBeVisible();
  await tabTo(/^E-mail/);
  await page.keyboard.type(owner.email);
  await tabTo(/^Password/);
  await page.keyboard.type(owner.password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();

  await tabTo(/^Agents$/);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/agents/);
  await expect(page.getByRole('heading', { name: 'Agents' })).toBeVisible();
  await tabTo(/^New agent$/);
  await page.keyboard.press('Enter');
  await tabTo(/^Name/);
  await page.keyboard.type('By keyboard');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'By keyboard' })).toBeVisible();
  await tabTo(/^Talk$/);
  await page.keyboard.press('Enter');
  await tabTo(/^Start talking$/);
  await page.keyboard.press('Enter');
  // The line takes a moment to open; whoever uses the keyboard waits for the field too.
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeEnabled();
  await tabTo(/^Message$/);
  await page.keyboard.type('Hello');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Transcript' })).toContainText('Hello');
  await tabTo(/^End$/);
  await page.keyboard.press('Enter');
  await expect(page.getByText('The conversation has ended.')).toBeVisible();
});

test('an address that is not there is said so', async ({ page }) => {
  const answer = await page.request.get('/no/such/page', { headers: { Accept: 'text/html' } });
  expect(answer.status()).toBe(404);
});

test('pages carry a strict policy and are cached by content', async ({ request }) => {
  const page = await request.get('/');
  const policy = page.headers()['content-security-policy'];
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toContain("script-src 'self' 'unsafe-inline'");
  expect(policy).not.toContain('unsafe-eval');
  expect(page.headers()['x-content-type-options']).toBe('nosniff');
  const again = await request.get('/', { headers: { 'If-None-Match': page.headers().etag } });
  expect(again.status()).toBe(304);
  const script = (await page.text()).match(/src="(\/_next\/static\/[^"]+\.js)"/)?.[1];
  const asset = await request.get(script, { headers: { 'Accept-Encoding': 'br' } });
  expect(asset.headers()['content-encoding']).toBe('br');
  expect(asset.headers()['cache-control']).toContain('immutable');
});
