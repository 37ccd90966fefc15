/** Runs in the audio thread: hands the microphone's samples on, about 20 times a second. Imports nothing, so that it is one file. */

class Recording extends AudioWorkletProcessor {
  private readonly block = new Float32Array(Math.max(128, Math.round(sampleRate / 20 / 128) * 128));
  private filled = 0;
  private isStopped = false;

  constructor() {
    super();
    this.port.onmessage = () => {
      this.handOn();
      this.port.postMessage(null);
      this.isStopped = true;
    };
  }

  process([input]: Float32Array[][]): boolean {
    const samples = input?.[0];
    if (this.isStopped || !samples) return !this.isStopped;
    this.block.set(samples, this.filled);
    this.filled += samples.length;
    if (this.filled === this.block.length) this.handOn();
    return true;
  }

  private handOn(): void {
    const samples = this.block.slice(0, this.filled);
    this.filled = 0;
    this.port.postMessage(samples, [samples.buffer]);
  }
}

registerProcessor('voiceprint-recording', Recording);
