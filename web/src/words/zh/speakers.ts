import type { Words } from '../en';

export const speakers: Words['speakers'] = {
  heading: '谁在什么时候说话？',
  intro: '请提供一段多人交谈的录音。它会在您的设备上被分成一段段发言，同一个声音的发言归在一起。',
  nothingAtHand: '手边没有录音？试试用合成声音拼成的示例：',
  or: '或',
  exampleTwo: '两个说话人',
  exampleThree: '三个说话人',
  examples: { two: '两个说话人的示例', three: '三个说话人的示例' },

  working: '正在区分各个声音…',
  found: (count) => `检出 ${count} 个说话人`,
  divided: (count) => (count === 1 ? '按您的要求视为一个说话人' : `按您的要求分给 ${count} 个说话人`),
  nobody: '没有检出任何人说话',
  caution:
    '采信之前请先听一听。每一刻只检出一个说话人：两人同时说话时，只检出其中一人。很短的发言可能漏掉。说话人的数目也是推断出来的，可能有误。',
  count: '说话人数目',
  findOut: '自动判断',
  countHint: '如果您知道，请选定：发言就会分给这么多人。',

  speaker: (number) => `说话人 ${number}`,
  both: (name, speaker) => `${name}（${speaker}）`,
  keys: '在一段发言上：回车键从该处播放，方向键移到下一段，空格键暂停。',
  lanes: '按时间排列的发言',
  turn: (who, from, to) => `${who}，${from} 至 ${to}`,
  nowSpeaking: (who) => `${who} 在说话`,

  people: '说话人',
  who: '谁',
  talk: '发言时长',
  share: '发言占比',
  numTurns: '发言次数',
  accepted: (name) => `接受为 ${name}`,
  stranger: '未被接受为任何已登记的人',
  unclear: '语音太少或不够清楚，无法判断',
  nobodyEnrolled: '还没有登记任何人，所以说话人只有编号，没有名称。',
  decision: '名称是一种判定，不是事实：此人所说的全部内容与该声纹的相似程度超过了所用设置的要求。',
  mistaken: (share) => `未登记的人当中，${share}会被误加上名称。`,

  turns: '发言',
  from: '开始',
  to: '结束',
  length: '时长',
  play: '播放',
  playFrom: (turn) => `播放：${turn}`,
  playing: '正在播放',

  saveRttm: '另存为 RTTM',
  saveJson: '另存为 JSON',
  saveHint: '其中只有文字形式的时间和名称，没有声音，也没有声纹。',
};
