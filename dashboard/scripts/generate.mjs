// Makes what the source tree does not hold: the typed API client from ../api/openapi.yaml, and the two
// AudioWorklet modules (a worklet is loaded by URL into its own global scope, so it is bundled on its own).
import { mkdirSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import openapiTS, { astToString } from 'openapi-typescript';

const root = new URL('..', import.meta.url);

const ast = await openapiTS(new URL('../api/openapi.yaml', root), { defaultNonNullable: false });
mkdirSync(new URL('lib/api/', root), { recursive: true });
writeFileSync(
  new URL('lib/api/schema.ts', root),
  `// Generated from api/openapi.yaml by scripts/generate.mjs. Do not edit.\n${astToString(ast)}`,
);

await build({
  absWorkingDir: root.pathname,
  entryPoints: {
    capture: 'features/talk/audio/capture.worklet.ts',
    playback: 'features/talk/audio/playback.worklet.ts',
  },
  outdir: 'public/worklets',
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  logLevel: 'warning',
});
