// Run after every `npm install` that changed the lock file (`npm run lock` does both).
// npm leaves a platform's optional binary out of the lock when the registry in use does not have it, and then
// `npm ci` refuses that lock everywhere. This adds the entries that are missing: version, os, cpu and libc say
// who installs them; without an integrity, npm takes what its registry gives on those platforms.
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const known = new Set(Object.keys(lock.packages).map((key) => key.replace(/^.*node_modules\//, '')));

const systems = ['android', 'darwin', 'freebsd', 'linux', 'win32', 'openbsd', 'openharmony'];
const processors = ['arm64', 'x64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'wasm32'];

for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (known.has(name)) continue;
    const words = name.split(/[-/]/);
    const cpu = words.filter((word) => processors.includes(word));
    const os = words.filter((word) => systems.includes(word));
    if (cpu.length === 0 || !/^[\d.]+$/.test(version)) {
      throw new Error(`${name}@${version} is missing from the lock and is no platform binary`);
    }
    const musl = words.some((word) => word.startsWith('musl'));
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu,
      ...(parent.dev && { dev: true }),
      ...(os.includes('linux') && { libc: [musl ? 'musl' : 'glibc'] }),
      optional: true,
      ...(os.length > 0 && { os }),
    };
    known.add(name);
    console.log(`added ${name}@${version}`);
  }
}

const { '': root, ...packages } = lock.packages;
const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify({ ...lock, packages: { '': root, ...sorted } }, null, 2)}\n`);
