import type { Random } from './random.ts'

/** Every person's name begins so, that nobody takes the data for real. */
export const TEST_PREFIX = '测试'

const SURNAMES = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕', '欧阳', '司马']
const MALE = [
  '强',
  '磊',
  '军',
  '洋',
  '勇',
  '杰',
  '涛',
  '超',
  '志远',
  '建国',
  '海波',
  '子轩',
  '浩然',
  '文博',
  '家豪',
  '俊熙',
  '德胜',
  '永福',
]
const FEMALE = [
  '芳',
  '娜',
  '敏',
  '静',
  '丽',
  '艳',
  '娟',
  '霞',
  '秀英',
  '桂兰',
  '雨桐',
  '思雨',
  '欣怡',
  '梓涵',
  '海燕',
  '晓梅',
  '玉珍',
  '美玲',
]

/** The surname within a full name, two characters where it is a compound one. */
export const familyName = (name: string): string =>
  SURNAMES.findLast((candidate) => name.startsWith(`${TEST_PREFIX}${candidate}`)) ?? name.slice(2, 3)

export const surname = (random: Random): string => random.pick(SURNAMES)

export function personName(random: Random, family: string, sex: 'male' | 'female'): string {
  return `${TEST_PREFIX}${family}${random.pick(sex === 'male' ? MALE : FEMALE)}`
}

const TRADE_NAMES = [
  '蓝湾',
  '石岛',
  '海之源',
  '宏远',
  '天鹅湖',
  '赤山',
  '好运角',
  '金港',
  '鼎盛',
  '永信',
  '瑞和',
  '新城',
  '东泰',
  '华康',
]
const TRADES = [
  { name: '水产食品', scope: '水产品加工；食品生产；货物进出口' },
  { name: '船舶修造', scope: '船舶修理；船用配件制造；金属材料销售' },
  { name: '机械制造', scope: '通用设备制造；机械零部件加工；技术服务' },
  { name: '建筑工程', scope: '建设工程施工；建筑劳务分包；建筑材料销售' },
  { name: '信息技术', scope: '软件开发；信息系统集成服务；数据处理服务' },
  { name: '物流', scope: '道路货物运输；普通货物仓储服务；装卸搬运' },
  { name: '商贸', scope: '日用百货销售；食品销售；互联网销售' },
  { name: '文化旅游', scope: '旅游业务；住宿服务；组织文化艺术交流活动' },
]

export function companyName(random: Random, form: string): { name: string; scope: string } {
  const trade = random.pick(TRADES)
  return { name: `测试荣成${random.pick(TRADE_NAMES)}${trade.name}${form}`, scope: trade.scope }
}

const STREETS = [
  '崖头街道测试路',
  '崂山街道测试街',
  '寻山街道测试大道',
  '石岛管理区测试路',
  '虎山镇测试街',
  '俚岛镇测试路',
  '成山镇测试街',
  '人和镇测试路',
]
const ESTATES = ['测试花园', '测试小区', '测试家园', '测试苑']

export function homeAddress(random: Random): string {
  return `山东省荣成市${random.pick(STREETS)}${random.int(1, 199)}号${random.pick(ESTATES)}${random.int(1, 30)}号楼${random.int(1, 4)}单元${random.int(1, 18)}0${random.int(1, 4)}室`
}

export const officeAddress = (random: Random): string => `山东省荣成市${random.pick(STREETS)}${random.int(200, 999)}号`
