#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace spantoll::tables {

// A row of a text table: its cells, trimmed, with \xNN and \s as bytes.
struct Row {
    size_t line = 0;
    std::vector<std::string> cells;
};

inline std::string cell_of(std::string_view text) {
    const size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) {
        return {};
    }
    text = text.substr(begin, text.find_last_not_of(' ') - begin + 1);
    std::string cell;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i, 2) == "\\x") {
            cell.push_back(
                static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16)));
            i += 3;
        } else if (text.substr(i, 2) == "\\s") {
            cell.push_back(' ');
            ++i;
        } else {
            cell.push_back(text[i]);
        }
    }
    return cell;
}

// Rows of tests/tables/`name`: cells between '|'; blank lines and those that begin with '#' are
// left out.
inline std::vector<Row> read_rows(const std::string& name) {
    std::ifstream file(SPANTOLL_TABLES "/" + name);
    std::vector<Row> rows;
    std::string text;
    for (size_t line = 1; std::getline(file, text); ++line) {
        if (text.empty() || text.front() == '#') {
            continue;
        }
        Row row{line, {}};
        for (size_t begin = 0; begin <= text.size();) {
            const size_t end = std::min(text.find('|', begin), text.size());
            row.cells.push_back(cell_of(std::string_view(text).substr(begin, end - begin)));
            begin = end + 1;
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace spantoll::tables
