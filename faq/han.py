"""Russian names in Chinese signs: how they are written, and which signs people take for one another.

`transcribe` follows the table of Russian sounds that Chinese maps use (Xinhua's), near enough for a village that has
no name of its own in Chinese. `sounds` makes spellings of one sound equal: 李斯特维扬卡 and 利斯特韦扬卡.
"""

from __future__ import annotations

import re

_VOWELS = "аеёиоуыэюя"

# Sound -> sign, as the table has it: a consonant alone, then with each vowel, then with a vowel and н.
_TABLE = """
б布 ба巴 бя比亚 бэ贝 бе别 бё比奥 бы贝 би比 бо博 бу布 бю比尤 бай拜 бан班 бян比扬 бен边 бин宾 бон邦 бун本
в夫 ва瓦 вя维亚 вэ维 ве韦 вё维奥 вы维 ви维 во沃 ву武 вю维尤 ван万 вян维扬 вен文 вин温 вон翁 вун文
г格 га加 гя吉亚 гэ格 ге格 гё吉奥 гы吉 ги吉 го戈 гу古 гю久 гай盖 ган甘 ген根 гин金 гон贡 гун贡
д德 да达 дя佳 дэ德 де杰 дё焦 ды德 ди季 до多 ду杜 дю久 дай代 дан丹 дян江 ден坚 дин金 дон东 дун敦 дь季
ж日 жа扎 же热 жё若 жи日 жо若 жу茹 жай宰 жан然 жен任 жин任 жон容
з兹 за扎 зя贾 зэ泽 зе泽 зё焦 зы济 зи济 зо佐 зу祖 зю久 зай宰 зан赞 зен津 зин津 зон宗 зун尊 зь济
к克 ка卡 кя基亚 кэ克 ке克 кё科 кы基 ки基 ко科 ку库 кю丘 кай凯 кан坎 кен肯 кин金 кон孔 кун昆
л尔 ла拉 ля利亚 лэ莱 ле列 лё廖 лы雷 ли利 ло洛 лу卢 лю柳 лай莱 лан兰 лян良 лен连 лин林 лон隆 лун伦 ль利
м姆 ма马 мя米亚 мэ梅 ме梅 мё苗 мы梅 ми米 мо莫 му穆 мю缪 май迈 ман曼 мян米扬 мен缅 мин明 мон蒙 мун蒙
н恩 на纳 ня尼亚 нэ内 не涅 нё尼奥 ны内 ни尼 но诺 ну努 ню纽 най奈 нан南 нен年 нин宁 нон农 нь尼
п普 па帕 пя皮亚 пэ佩 пе佩 пё皮奥 пы佩 пи皮 по波 пу普 пю皮尤 пай派 пан潘 пен片 пин平 пон蓬
р尔 ра拉 ря里亚 рэ雷 ре列 рё廖 ры雷 ри里 ро罗 ру鲁 рю留 рай赖 ран兰 рян良 рен连 рин林 рон龙 рун伦 рь里
с斯 са萨 ся夏 сэ塞 се谢 сё肖 сы瑟 си西 со索 су苏 сю休 сай赛 сан桑 сян相 сен先 син辛 сон松 сун松 сь西
т特 та塔 тя佳 тэ泰 те捷 тё乔 ты特 ти季 то托 ту图 тю秋 тай泰 тан坦 тян强 тен坚 тин京 тон通 тун通 ть季
ф夫 фа法 фя菲亚 фэ费 фе费 фё菲奥 фи菲 фо福 фу富 фю菲尤 фан凡 фен芬 фин芬
х赫 ха哈 хя希亚 хэ赫 хе赫 хё霍 хы希 хи希 хо霍 ху胡 хю休 хай海 хан汉 хен亨 хин欣 хон洪 хун洪
ц茨 ца察 це采 цы齐 ци齐 цо措 цу楚 цай采 цан灿 цен岑 цин钦 цон聪
ч奇 ча恰 че切 чё乔 чи奇 чо乔 чу丘 чай柴 чан昌 чен琴 чин钦 чон琼 чь奇
ш什 ша沙 ше舍 шё绍 ши希 шо绍 шу舒 шай沙伊 шан尚 шен申 шин申 шон雄
щ希 ща夏 ще谢 щё肖 щи希 щу休 щан相 щен先 щин辛
а阿 я亚 э埃 е耶 ё约 и伊 ы厄 о奥 у乌 ю尤 ай艾 ан安 ян扬 ен延 ин因 он翁 ун温 юн云 эн恩 й伊 тс茨
"""
_SIGNS = dict(re.findall(r"([а-яё]+)([\u4e00-\u9fff]+)", _TABLE))
_LONGEST = max(map(len, _SIGNS))

# Words that Chinese maps translate instead of spelling them out.
_MEANINGS = (
    (r"нов(?:ый|ая|ое|ые|о(?=[-бвгджзклмнпрстфхцчшщ]))", "新"),
    (r"стар(?:ый|ая|ое|ые|о(?=[-бвгджзклмнпрстфхцчшщ]))", "旧"),
    (r"больш(?:ой|ая|ое|ие)", "大"),
    (r"мал(?:ый|ая|ое|ые)", "小"),
    (r"верхн(?:ий|яя|ее|ие|е(?=[-а-яё]))", "上"),
    (r"нижн(?:ий|яя|ее|ие|е(?=[-а-яё]))", "下"),
    (r"северн(?:ый|ая|ое)|северо", "北"),
)


def transcribe(name: str) -> str:
    """`Качуг` -> 卡丘格."""
    words = re.split(r"[\s-]+", name.lower())
    return "".join(_word(word) for word in words if word)


def _word(word: str) -> str:
    for pattern, sign in _MEANINGS:
        found = re.match(pattern, word)
        if found:
            rest = word[found.end() :]
            return sign + (_spell(rest) if rest else "")
    return _spell(word)


def _spell(word: str) -> str:
    word = re.sub(r"([бвгджзклмнпрстфхцчшщ])\1", r"\1", word).replace("ъ", "")
    word = re.sub(r"([иы])й$", r"\1", word)
    signs, at = [], 0
    while at < len(word):
        for size in range(min(_LONGEST, len(word) - at), 0, -1):
            part, after = word[at : at + size], word[at + size : at + size + 1]
            # н, й close a syllable only where no vowel takes them over: Сана is са-на.
            if part in _SIGNS and not (size > 1 and part[-1] in "нй" and after and after in _VOWELS):
                signs.append(_SIGNS[part])
                at += size
                break
        else:
            at += 1  # ь after a sign that has no soft form
    return "".join(signs)


# Signs that write one sound in foreign names, by that sound in pinyin; the first stands for all.
_SAME_SOUND = """
a 阿啊 ai 埃艾爱 an 安 ao 奥敖澳傲 ba 巴芭吧 bai 拜百白 ban 班 bei 贝北 bi 比毕碧 bie 别 bo 博波勃伯 bu 布步不 ca 察查
cai 采 ce 策 chu 楚 ci 茨次慈 da 达大 dai 代 dan 丹 de 德得 deng 登 di 迪 du 杜都 duo 多 e 厄俄 en 恩 er 尔儿耳
fa 法 fei 菲费 fu 夫弗福富伏 ga 加嘉 gai 盖 gan 甘 ge 格戈哥 gen 根 gu 古 ha 哈 hai 海 han 汉罕 he 赫 heng 亨
hu 胡呼虎 huo 霍火 ji 吉基季济几 jia 佳贾 jian 坚 jiang 江 jie 杰捷节 jin 金津 jing 京 jiu 久 ka 卡喀 kai 凯 kan 坎
ke 克科柯可 ken 肯 kong 孔 ku 库 kun 昆 la 拉 lai 莱赖 lan 兰 le 勒 lei 雷 li 利里李力丽莉黎 lian 连 liao 廖 lie 列烈
lin 林 liu 柳留 long 隆龙 lu 卢鲁 lun 伦 luo 洛罗 ma 马玛 mai 迈 man 曼 mei 梅 men 缅 meng 蒙 mi 米 ming 明
mo 莫摩 mu 穆姆木 na 纳那娜 nai 奈 nan 南 nei 内 ni 尼 nie 涅 ning 宁 niu 纽 nuo 诺 nu 努 pa 帕 pan 潘 pei 佩 pi 皮
ping 平 po 泼 pu 普 qi 奇齐 qia 恰 qie 切 qin 琴钦 qiu 丘秋 qiao 乔 re 热 ri 日 ru 茹 ruo 若 sa 萨 sai 赛塞 san 桑
se 瑟 sha 沙 shang 尚 shao 绍 she 舍 shen 申 shi 什施 shu 舒 si 斯司思 song 松 su 苏 suo 索 ta 塔 tai 泰 tan 坦 te 特
ti 提 tong 通 tu 图 tuo 托 wa 瓦娃 wan 万 wei 维韦威魏 wen 文温 weng 翁 wo 沃 wu 乌武 xi 西希 xia 夏 xian 先 xiang 相
xiao 肖 xie 谢 xin 辛欣 xiu 休 ya 亚雅 yan 延 yang 扬杨央 ye 耶叶 yi 伊依 yin 因 you 尤 yue 约 yun 云 za 扎 zan 赞
ze 泽 zi 兹 zong 宗 zu 祖 zuo 佐
"""
_SOUNDS = str.maketrans({sign: group[0] for group in re.findall(r"[\u4e00-\u9fff]+", _SAME_SOUND) for sign in group})
SOUND_SIGNS = frozenset(re.findall(r"[\u4e00-\u9fff]", _SAME_SOUND + _TABLE))


def sounds(text: str) -> str:
    """The text with each sign of a foreign name replaced by the usual one of its sound; the length stays."""
    return text.translate(_SOUNDS)
