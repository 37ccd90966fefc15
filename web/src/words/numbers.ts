/** Numbers as the page writes them. */
import { languageTag, say } from '../language';
import type { Words } from './en';

/** `0.0112` as "1.1%": two significant digits below 10%, none after the point above. */
export function percent(fraction: number): string {
  const value = fraction * 100;
  const digits = value >= 10 || value === 0 ? 0 : value >= 1 ? 1 : value >= 0.1 ? 2 : 3;
  return `${trimZeros(value.toFixed(digits))}%`;
}

/** A probability never reads as certainty: the ends are "over 99.9%" and "under 0.1%". */
export function probabilityPercent(probability: number): string {
  if (probability > 0.999) return say().verdict.probability.over('99.9%');
  if (probability < 0.001) return say().verdict.probability.under('0.1%');
  const value = probability * 100;
  return `${value > 99 || value < 1 ? value.toFixed(1) : value.toFixed(0)}%`;
}

export type Things = keyof Words['verdict']['things'];

/** A share of things: `0.0102` of pairs as "1 in 98 pairs"; above a quarter, where that form misleads, "31% of pairs". */
export function shareOf(fraction: number, things: Things): string {
  const { share, things: names } = say().verdict;
  if (fraction <= 0) return share.none(names[things]);
  if (fraction > 0.25) return share.percent(percent(fraction), names[things]);
  return share.oneIn(Math.round(1 / fraction).toLocaleString(languageTag()), names[things]);
}

/** Seconds with one digit, "1:05" from a minute on. */
export function seconds(value: number): string {
  if (value < 59.95) return say().takes.seconds(value.toFixed(1));
  const whole = Math.round(value);
  return say().takes.minutes(`${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`);
}

/** With a true minus sign. */
export function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return value < 0 ? `−${text}` : `+${text}`;
}

export function plain(value: number, digits: number): string {
  return signed(value, digits).replace('+', '');
}

/** Two significant digits, for factors and durations: 87, 1,900. */
export function twoDigits(value: number): string {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(value, 1))) - 1);
  return (Math.round(value / step) * step).toLocaleString(languageTag());
}

export function bytes(value: number): string {
  return value >= 1e6 ? `${(value / 1e6).toFixed(1)} MB` : `${Math.round(value / 1e3)} kB`;
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
