"""A FAQ of a few entries that learns in a second; questions that it has no answer to, and the entry that has."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent

BEYOND = """
- id: out_of_scope
  title: {ru: Другое, zh: 其他}
  data: public
  human: true
  answer:
    ru: Этого я не знаю, зову специалиста.
    zh: 这个我答不了，帮您转人工。
  ask:
    ru: [какая погода, рецепт борща, кто выиграл матч, расписание электричек, гороскоп на неделю, есть ли вакансии,
      как устроиться к вам на работу, хочу работать в салоне, работа продавцом, нужны ли вам сотрудники]
    zh: [今天天气怎么样, 讲个笑话, 谁赢了比赛, 火车时刻表, 今天星座运势, 怎么应聘, 有什么工作岗位,
      你们招人吗, 想去营业厅上班, 招聘电话]
"""

JOBS = {
    "ru": ("есть ли у вас вакансии", "хочу устроиться к вам на работу", "набираете ли вы сейчас сотрудников"),
    "zh": ("你们有什么工作岗位", "我想应聘你们公司"),
}
ANSWERED = "Вакансии собраны на сайте, в разделе «Работа у нас». Отклик занимает минуту."

ENTRY = """- id: jobs
  title: {ru: Работа у нас, zh: 招聘}
  data: public
  answer:
    ru: |-
      Вакансии собраны на сайте {brand.site}, в разделе «Работа у нас».
    zh: |-
      招聘岗位都在官网 {brand.site} 的“加入我们”栏目。
  next: [human]
  ask:
    ru:
      - есть ли у вас вакансии
      - хочу устроиться к вам на работу
      - набираете ли вы сейчас сотрудников
      - вакансии в салонах связи
      - куда прислать резюме
      - ищу работу в вашей компании
      - берёте на подработку студентов
      - собеседование к вам
    zh:
      - 你们有什么工作岗位
      - 我想应聘你们公司
      - 简历发到哪里
      - 有没有兼职
      - 学生可以来打工吗
      - 招聘要求是什么
      - 怎么加入你们公司
      - 面试怎么约
"""


def little_faq(folder: Path) -> Path:
    shutil.copytree(ROOT / "faq_sample", folder)
    (folder / "areas" / "beyond.yaml").write_text(BEYOND.lstrip(), encoding="utf-8")
    return folder
