import type { NextConfig } from 'next';
import { PHASE_DEVELOPMENT_SERVER } from 'next/constants';

// The server that `npm run dev` sends API calls and WebSockets to.
const server = process.env.AIMPACT_SERVER ?? 'http://127.0.0.1:8080';

export default function config(phase: string): NextConfig {
  const shared: NextConfig = {
    reactStrictMode: true,
    images: { unoptimized: true },
    poweredByHeader: false,
    outputFileTracingRoot: import.meta.dirname,
    // eslint runs on its own (`npm run lint`), so that a build is not slowed by it.
    eslint: { ignoreDuringBuilds: true },
  };
  if (phase === PHASE_DEVELOPMENT_SERVER) {
    return {
      ...shared,
      rewrites: async () =>
        ['/api/v1/:path*', '/v1/:path*'].map((source) => ({ source, destination: `${server}${source}` })),
    };
  }
  return { ...shared, output: 'export' };
}
