/** Line icons on a 24-unit grid, drawn with the text colour and hidden from screen readers. */
const PATHS = {
  microphone: 'M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3Zm-6 7.5v.5a6 6 0 0 0 12 0V11m-6 6.5v3m-3 0h6',
  file: 'M13.5 3.5H7a1.5 1.5 0 0 0-1.5 1.5v14A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V8.5l-5-5Zm0 0v5h5',
  sample: 'M4 10.5v3m4-6v9m4-12v15m4-11v7m4-5v3',
  play: 'M8 5.5v13l10.5-6.5L8 5.5Z',
  pause: 'M8.5 6v12m7-12v12',
  stop: 'M7 7h10v10H7z',
  close: 'm6.5 6.5 11 11m0-11-11 11',
  check: 'm5.5 12.5 4.5 4.5 8.5-10',
  warning:
    'M12 9v4.5m0 3v.1M10.7 4.8 3.2 18a1.5 1.5 0 0 0 1.3 2.2h15a1.5 1.5 0 0 0 1.3-2.2L13.3 4.8a1.5 1.5 0 0 0-2.6 0Z',
  auto: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Zm0 0v17m3-16.2v15.4m3-13v10.6',
  light:
    'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm0-5v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4',
  dark: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z',
  compare: 'M3 10v4m3.2-7v10M9.4 9v6M14.6 9v6m3.2-8v10M21 10v4',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6 8.500a6 6 0 0 1 12 0M15.500 4.300a3.500 3.500 0 0 1 0 6.400m2 3.300a6 6 0 0 1 3.500 5.500',
  live: 'M12 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4Zm-4.2-2.200a6 6 0 0 0 0 8.400m8.400-8.400a6 6 0 0 1 0 8.400M5 5a10 10 0 0 0 0 14M19 5a10 10 0 0 1 0 14',
  speakers: 'M3.500 6.500h6m3.500 0h3m-7 5.500h3m4 0h4.500m-17 5.500h5m4.500 0h7',
  add: 'M12 5v14m-7-7h14',
  edit: 'm4.500 19.500 1-4L16 5a2 2 0 0 1 3 3L8.500 18.500l-4 1Zm10-13 3 3',
  remove:
    'M4.500 6.500h15m-5.500 0V5a1 1 0 0 0-1-1h-2a1 1 0 0 0-1 1v1.500m-3.500 0 .8 12a1.500 1.500 0 0 0 1.500 1.500h6.400a1.500 1.500 0 0 0 1.500-1.500l.8-12M10 10.500v5.500m4-5.500v5.500',
  about: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Zm0 7.5v5m0-8.3v.1',
} as const;

const SOLID: readonly string[] = ['play', 'stop'];

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} fill={SOLID.includes(name) ? 'currentColor' : 'none'} />
    </svg>
  );
}
