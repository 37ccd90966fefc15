/** What surrounds every view: header, navigation, footer, notices. */
export const shell = {
  description: 'Compare voices, enroll people and recognise them on your own device. Nothing is uploaded.',
  title: (view: string) => `${view} · Voiceprint`,
  skip: 'Skip to the content',
  views: 'Views',
  compare: 'Compare',
  people: 'People',
  live: 'Live',
  speakers: 'Speakers',
  about: 'About',
  engine: {
    loading: 'Loading',
    loadingMore: ' the model',
    loadingLabel: 'Loading the model',
    ready: 'Ready',
    readyMore: ', works on this device',
    failed: 'Model not loaded',
    retry: 'Try again',
  },
  colours: (theme: 'auto' | 'light' | 'dark') =>
    `Colours: ${{ auto: 'as the system', light: 'light', dark: 'dark' }[theme]}. Change`,
  privacy: 'Everything is computed on this device; no sound leaves it.',
  limits: 'A similar voice is not proof of identity, and a cloned or replayed voice is not noticed.',
  more: 'How good it is, what it cannot do, what is stored',
  update: {
    ready: 'A newer version of this page is ready.',
    reload: 'Reload now',
    later: 'Later',
    caution: 'Reloading, in all open tabs of this page, forgets recordings that are not enrolled.',
  },
};
