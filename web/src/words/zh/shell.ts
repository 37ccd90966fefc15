import type { Words } from '../en';

export const shell: Words['shell'] = {
  description: '在您自己的设备上比对声音、登记人员并识别说话人，不上传任何内容。',
  title: (view) => `${view} · 声纹`,
  skip: '跳到正文',
  views: '页面',
  compare: '比对',
  people: '人员',
  live: '实时',
  speakers: '说话人',
  about: '说明',
  engine: {
    loading: '正在加载',
    loadingMore: '模型',
    loadingLabel: '正在加载模型',
    ready: '就绪',
    readyMore: '，在本设备上运行',
    failed: '模型未加载',
    retry: '重试',
  },
  colours: (theme) => `颜色：${{ auto: '跟随系统', light: '浅色', dark: '深色' }[theme]}。切换`,
  privacy: '一切计算都在本设备上完成，声音不会离开这里。',
  limits: '声音相似不能证明身份；克隆或重放的声音不会被发现。',
  more: '准确程度、局限、保存了什么',
  update: {
    ready: '本页有新版本可用。',
    reload: '立即重新加载',
    later: '以后再说',
    caution: '本页的所有标签页都会重新加载，未登记的录音会丢失。',
  },
};
