'use client';

import dynamic from 'next/dynamic';

/** The chart library comes after the figures, which do not need it. */
export const LazyLatencyTrend = dynamic(
  () => import('./latency-trend').then((module) => module.LatencyTrend),
  {
    ssr: false,
  },
);
