// Reads what the Infinity plugin would put into frames, one JSON object a line, and says for each what Grafana's
// own library makes of it: whether a frame of rows becomes series over time.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

type column struct {
	Text   string            `json:"text"`
	Type   string            `json:"type"`
	Values []json.RawMessage `json:"values"`
}

type told struct {
	Type   string `json:"type"`
	Rows   int    `json:"rows"`
	Series int    `json:"series"`
	Error  string `json:"error"`
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			if err := answers.Encode(framed(line)); err != nil {
				panic(err)
			}
		}
		if err != nil {
			return
		}
	}
}

func framed(line []byte) told {
	var columns []column
	if err := json.Unmarshal(line, &columns); err != nil {
		return told{Error: err.Error()}
	}
	frame := data.NewFrame("response")
	for _, each := range columns {
		field, err := field(each)
		if err != nil {
			return told{Error: err.Error()}
		}
		frame.Fields = append(frame.Fields, field)
	}
	schema := frame.TimeSeriesSchema()
	if schema.Type == data.TimeSeriesTypeLong {
		wide, err := data.LongToWide(frame, &data.FillMissing{Mode: data.FillModeNull})
		if err != nil {
			return told{Type: "long", Error: err.Error()}
		}
		frame, schema = wide, wide.TimeSeriesSchema()
	}
	rows, err := frame.RowLen()
	if err != nil {
		return told{Error: err.Error()}
	}
	kinds := map[data.TimeSeriesType]string{
		data.TimeSeriesTypeNot: "not", data.TimeSeriesTypeLong: "long", data.TimeSeriesTypeWide: "wide",
	}
	return told{Type: kinds[schema.Type], Rows: rows, Series: len(schema.ValueIndices)}
}

// As the plugin frames a column: each value may be null.
func field(from column) (*data.Field, error) {
	switch from.Type {
	case "timestamp":
		return filled[time.Time](from)
	case "number":
		return filled[float64](from)
	case "string":
		return filled[string](from)
	case "boolean":
		return filled[bool](from)
	}
	return nil, fmt.Errorf("column %q has type %q", from.Text, from.Type)
}

func filled[T any](from column) (*data.Field, error) {
	values := make([]*T, len(from.Values))
	for place, raw := range from.Values {
		if err := json.Unmarshal(raw, &values[place]); err != nil {
			return nil, fmt.Errorf("column %q: %w", from.Text, err)
		}
	}
	return data.NewField(from.Text, nil, values), nil
}
