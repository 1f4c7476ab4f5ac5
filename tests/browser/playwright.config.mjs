import { defineConfig } from '@playwright/test';

const microphone = process.env.AIMPACT_TEST_MICROPHONE;

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.mjs',
  workers: 1, // the tests share one server, and the first of them sets it up
  fullyParallel: false,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['junit', { outputFile: process.env.AIMPACT_BROWSER_RESULTS ?? 'results.xml' }]],
  outputDir: process.env.AIMPACT_BROWSER_OUTPUT,
  use: {
    baseURL: process.env.AIMPACT_TEST_URL,
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    trace: 'off',
    permissions: ['microphone'],
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--autoplay-policy=no-user-gesture-required',
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        ...(microphone ? [`--use-file-for-fake-audio-capture=${microphone}%noloop`] : []),
      ],
    },
  },
});
