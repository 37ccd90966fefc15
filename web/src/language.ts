/** English or Simplified Chinese: the choice of the last visit, else what the browser prefers. */
import { computed, effect, signal } from '@preact/signals';
import { en, type Words } from './words/en';
import { zh } from './words/zh';

export type Language = 'en' | 'zh';

const KEY = 'voiceprint-language';
const WORDS: Readonly<Record<Language, Words>> = { en, zh };
const TAGS: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-Hans' };

export const language = signal<Language>('en');
const words = computed(() => WORDS[language.value]);

/** The words of the chosen language. A component or effect that calls it follows the language. */
export const say = (): Words => words.value;

/** As BCP 47 tag, for `lang` and `Intl`. */
export const languageTag = (): string => TAGS[language.value];

/** Takes the language of the reader and keeps the page's `lang` and description in it. */
export function followLanguage(): void {
  language.value = storedLanguage() ?? preferredLanguage();
  effect(() => {
    document.documentElement.lang = languageTag();
    document.querySelector('meta[name=description]')?.setAttribute('content', say().shell.description);
  });
}

export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // Storage may be forbidden; the choice then lasts for this visit.
  }
}

function storedLanguage(): Language | null {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === 'en' || stored === 'zh' ? stored : null;
  } catch {
    return null;
  }
}

function preferredLanguage(): Language {
  const first = navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag));
  return first && /^zh/i.test(first) ? 'zh' : 'en';
}
