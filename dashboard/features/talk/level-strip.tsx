'use client';

import { useEffect, useRef } from 'react';
import type { Levels } from './realtime/talk-session';

const BAR = 3;
const GAP = 2;
const BAR_MS = 66;

interface LevelStripProps {
  levels: Levels;
  running: boolean;
}

/** The last seconds of the conversation as a scrolling strip: the caller above the line, the agent below it. */
export function LevelStrip({ levels, running }: LevelStripProps) {
  const canvasRef = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const canvas = canvasRef.current;
    const context = canvas?.getContext('2d');
    if (!canvas || !context) return undefined;
    const history: Levels[] = [];
    const peak: Levels = { caller: 0, agent: 0 };
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    let frame = 0;
    let lastBar = 0;

    const draw = (now: number) => {
      peak.caller = Math.max(peak.caller, levels.caller);
      peak.agent = Math.max(peak.agent, levels.agent);
      if (now - lastBar >= (still ? 500 : BAR_MS)) {
        lastBar = now;
        history.push({ ...peak });
        peak.caller = peak.agent = 0;
        if (history.length > 600) history.shift();
        paint(canvas, context, history);
      }
      if (running) frame = requestAnimationFrame(draw);
    };
    if (running) frame = requestAnimationFrame(draw);
    else paint(canvas, context, []);

    const observer = new ResizeObserver(() => paint(canvas, context, history));
    observer.observe(canvas);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
    };
  }, [levels, running]);

  return <canvas ref={canvasRef} aria-hidden className="h-14 w-full" />;
}

function paint(
  canvas: HTMLCanvasElement,
  context: CanvasRenderingContext2D,
  history: readonly Levels[],
): void {
  const scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== width * scale || canvas.height !== height * scale) {
    canvas.width = width * scale;
    canvas.height = height * scale;
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  const middle = height / 2;
  const rest = style.getPropertyValue('--line-strong');
  const caller = style.getPropertyValue('--caller');
  const agent = style.getPropertyValue('--agent');
  const bars = Math.floor(width / (BAR + GAP));
  for (let i = 0; i < bars; i += 1) {
    const x = width - (i + 1) * (BAR + GAP);
    const at = history[history.length - 1 - i];
    const up = shape(at?.caller ?? 0) * (middle - 2);
    const down = shape(at?.agent ?? 0) * (middle - 2);
    context.fillStyle = rest;
    if (up < 1 && down < 1) context.fillRect(x, middle - 0.5, BAR, 1);
    context.fillStyle = caller;
    if (up >= 1) bar(context, x, middle - 1 - up, up);
    context.fillStyle = agent;
    if (down >= 1) bar(context, x, middle + 1, down);
  }
}

/** Levels are in decibels mapped to 0..1; below -45 dBFS is room noise and not worth a bar. */
function shape(level: number): number {
  return Math.max(0, (level - 0.25) / 0.75) ** 1.4;
}

function bar(context: CanvasRenderingContext2D, x: number, y: number, height: number): void {
  context.beginPath();
  context.roundRect(x, y, BAR, height, 1.5);
  context.fill();
}
