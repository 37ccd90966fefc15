/** More speech than this adds little to a comparison; the page asks for it. */
export const RECOMMENDED_SPEECH_S = 5;
