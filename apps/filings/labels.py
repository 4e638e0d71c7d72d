"""The Chinese names of the filings' audited actions."""

ACTIONS = {
    "filings.receive": "上传报送文件",
    "filings.choose_unit": "指定报送单位",
    "filings.correct": "在页面上改报送内容",
    "filings.decide": "核定没有报的主体",
    "filings.discard": "放弃报送",
    "filings.ask": "请负责人写入报送",
    "filings.apply": "开始写入报送",
    "filings.applied": "写入报送",
    "filings.stop": "停止写入报送",
    "filings.undo": "开始撤销报送",
    "filings.undone": "撤销报送",
    "filings.remind": "催报",
    "filings.export": "导出附件",
    "filings.export_fetched": "下载导出的附件",
    "filings.export_marked": "下载标注的报送文件",
    "filings.export_original": "下载报送原文件",
}
