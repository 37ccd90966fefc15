/** Plural forms of English; Chinese has one form and needs no choice. */
const rules = new Intl.PluralRules('en');

/** The form for `count`, without the number. */
export function plural(count: number, forms: { readonly one: string; readonly other: string }): string {
  return rules.select(count) === 'one' ? forms.one : forms.other;
}
