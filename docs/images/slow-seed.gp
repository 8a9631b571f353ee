# Leeches that have everything, before and after a seed's turn was made to end between two chunks. Reads
# before/timeseries.csv and after/timeseries.csv; docs/simulator-results.md has the commands. Draw it with: gnuplot slow-seed.gp
set encoding utf8
set datafile separator comma
set datafile commentschars '#'
set datafile columnheaders
set border 3 linewidth 1 linecolor rgb '#666666'
set tics nomirror out scale 0.6 textcolor rgb '#333333'
set grid linetype 1 linewidth 0.6 linecolor rgb '#dddddd'
set key noenhanced below horizontal reverse Left samplen 2.5 width 1 height 2 textcolor rgb '#333333'
set style fill transparent solid 0.25 noborder
set linetype 1 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#0072B2'
set linetype 2 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#D55E00'
set linetype 3 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#009E73'
set linetype 4 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#CC79A7'
set linetype 5 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#E69F00'
set linetype 6 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#56B4E9'
set linetype 7 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#555555'
set title 'bharambe, 200 leeches, a seed with 200 kbit/s: who has everything' noenhanced textcolor rgb '#222222'
set xlabel 'time [h]' noenhanced textcolor rgb '#333333'
set ylabel 'leeches' noenhanced textcolor rgb '#333333'
set xrange [0:*]
set yrange [0:200]
set terminal svg size 960,420 dynamic noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,15' linewidth 1.5 background rgb 'white'
set output 'slow-seed.svg'
plot 'before/timeseries.csv' every 4 using (column('time_s')/3600):(column('completed')) with lines linetype 2 title 'before (62e67bf): the seed uploads 9.0 copies', \
     'after/timeseries.csv' every 4 using (column('time_s')/3600):(column('completed')) with lines linetype 1 title 'after (6b8a333): 1.4 copies'
unset output
